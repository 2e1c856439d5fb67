import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.js';
import { startTestGateway } from '../support/gateway.js';
import { findBinary } from '../support/programs.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFile(join(ROOT, name), 'utf8');

interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly depends_on?: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

async function readCompose(): Promise<Compose> {
  return parse(await read('docker-compose.yml'), { merge: true }) as Compose;
}

/** No Docker engine is needed, and none was used: this is what can be told of the files without one. */
describe('docker-compose.yml', () => {
  test('has two gateways, a proxy, PostgreSQL and Redis, of which only the proxy is reachable, from this machine', async () => {
    const { services } = await readCompose();
    expect(Object.keys(services)).toEqual(['proxy', 'gateway-1', 'gateway-2', 'postgres', 'redis']);
    const reachable = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(reachable).toEqual([['proxy', '127.0.0.1:4000:4000']]);
  });

  test('names each image by an exact version, and gives each server a health check', async () => {
    const { services } = await readCompose();
    for (const [name, { image, build, healthcheck }] of Object.entries(services)) {
      if (build === undefined) expect(image, name).toMatch(/:\d+\.\d+(\.\d+)?-\w+$/);
      // The gateways' is the image's own.
      if (build === undefined) expect(healthcheck?.test[0], name).toBe('CMD');
    }
    expect(await read('Dockerfile')).toMatch(/^HEALTHCHECK /m);
  });

  test('holds no secret: each comes from the environment, without which it refuses, and .env.example has them all', async () => {
    const text = await read('docker-compose.yml');
    const needed = new Set(Array.from(text.matchAll(/\$\{([A-Z_]+):\?/g), ([, name]) => name));
    const example = Array.from((await read('.env.example')).matchAll(/^([A-Z_]+)=$/gm), ([, name]) => name);
    expect([...needed].sort()).toEqual(example.toSorted());
    expect(await read('.gitignore')).toMatch(/^\.env$/m);
  });

  test('sets only what docs/settings.md knows, and a Redis that keeps what it is given', async () => {
    const { services } = await readCompose();
    const settings = await read('docs/settings.md');
    for (const name of Object.keys(services['gateway-1']?.environment ?? {})) expect(settings).toContain(`\`${name}\``);
    expect(services['gateway-2']).toEqual(services['gateway-1']);
    const command = services.redis?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
  });

  test('gives the proxy a configuration that HAProxy accepts, with both gateways in it', async () => {
    const { configs } = await readCompose();
    await using directory = await createTemporaryDirectory();
    const path = join(directory.path, 'haproxy.cfg');
    const content = configs.haproxy?.content ?? '';
    await writeFile(path, content);
    const checked = await promisify(execFile)(findBinary('haproxy') ?? 'haproxy', ['-c', '-f', path]);
    expect(checked.stdout + checked.stderr).toContain('Configuration file is valid');
    for (const name of ['gateway-1', 'gateway-2']) expect(content).toContain(`server ${name} ${name}:4000 check`);
  });
});

describe('Dockerfile', () => {
  test('builds on an exact version in two stages, copies what is there, and runs as a user without rights', async () => {
    const dockerfile = await read('Dockerfile');
    const bases = Array.from(dockerfile.matchAll(/^FROM (\S+)/gm), ([, base]) => base);
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/^node:24\.\d+\.\d+-/);
    const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, files = '']) => files.split(' '));
    expect(copied.flat()).toContain('package-lock.json');
    for (const file of copied.flat()) await access(join(ROOT, file));
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile.indexOf('USER node')).toBeLessThan(dockerfile.indexOf('CMD ["node"'));
  });

  test('asks after its health at the port that PORT names', async () => {
    const [, words = ''] = /^HEALTHCHECK .*\\\n +CMD (\[.+\])$/m.exec(await read('Dockerfile')) ?? [];
    const [, ...args] = JSON.parse(words) as string[];
    const check = (port: string | undefined) => promisify(execFile)(process.execPath, args, { env: { PORT: port } });
    await using gateway = await startTestGateway();
    await check(new URL(gateway.url).port);
    await expect(check(String(await freePort()))).rejects.toMatchObject({ code: 1 });
  });
});
