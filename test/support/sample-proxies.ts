import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startNginx } from './nginx.js';
import { findBinary } from './programs.js';
import { spawnServer, untilReady } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';

const SAMPLES = join(import.meta.dirname, '..', '..', 'docs', 'proxies');

export const SAMPLE_PROXIES = ['nginx', 'haproxy', 'caddy'] as const;
export type SampleProxyName = (typeof SAMPLE_PROXIES)[number];
export type Ports = readonly [one: number, other: number];

/** A proxy that runs the configuration that docs/proxies has, in front of two ports of 127.0.0.1. */
export interface SampleProxy extends AsyncDisposable {
  readonly url: string;
}

/** Whether it is installed here: Caddy may be missing. */
export function isInstalled(name: SampleProxyName): boolean {
  return findBinary(name) !== undefined;
}

/** The sample, whose two backends are these. @throws Error where a sample no longer names what is replaced */
export function sampleOf(name: SampleProxyName, ports: Ports): string {
  const file = { nginx: 'nginx.conf', haproxy: 'haproxy.cfg', caddy: 'Caddyfile' }[name];
  const [one, other] = ports.map((port) => `127.0.0.1:${port}`);
  return replacedEach(readFileSync(join(SAMPLES, file), 'utf8'), {
    '10.0.0.11:4000': one,
    '10.0.0.12:4000': other,
  });
}

/**
 * A replica here is out where it says so or is gone, never where the machine is so busy that its answer is late: the
 * time that a sample gives a check, and a call that finds no replica, is raised to this.
 */
const PATIENCE = '60s';

export function startSampleProxy(name: SampleProxyName, ports: Ports): Promise<SampleProxy> {
  return { nginx: startSampleNginx, haproxy: startSampleHaproxy, caddy: startSampleCaddy }[name](ports);
}

function startSampleNginx(ports: Ports): Promise<SampleProxy> {
  return startNginx((port) => replacedEach(sampleOf('nginx', ports), { 'listen 8080;': `listen 127.0.0.1:${port};` }));
}

async function startSampleHaproxy(ports: Ports): Promise<SampleProxy> {
  const port = await freePort();
  const config = replacedEach(sampleOf('haproxy', ports), {
    'timeout check 3s': `timeout check ${PATIENCE}`,
    'bind :8080': `bind 127.0.0.1:${port}`,
  });
  // One thread, whose turns are even.
  return startFrom(port, `global\n  nbthread 1\n${config}`, (path) => ['haproxy', '-db', '-f', path]);
}

async function startSampleCaddy(ports: Ports): Promise<SampleProxy> {
  const port = await freePort();
  const config = replacedEach(sampleOf('caddy', ports), {
    'health_timeout 3s': `health_timeout ${PATIENCE}`,
    'lb_try_duration 4s': `lb_try_duration ${PATIENCE}`,
    ':8080 {': `:${port} {\n\tbind 127.0.0.1`,
  });
  return startFrom(port, `{\n\tadmin off\n}\n${config}`, (path, directory) => {
    // Where it keeps certificates and what it last ran.
    const home = ['HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'].map((name) => `${name}=${directory}`);
    return ['env', ...home, findBinary('caddy') ?? 'caddy', 'run', '--adapter', 'caddyfile', '--config', path];
  });
}

async function startFrom(
  port: number,
  config: string,
  wordsOf: (path: string, directory: string) => readonly string[],
): Promise<SampleProxy> {
  await using started = new AsyncDisposableStack();
  const { path: directory } = started.use(await createTemporaryDirectory());
  const path = join(directory, 'proxy.conf');
  await writeFile(path, config);
  const [command = '', ...args] = wordsOf(path, directory);
  const server = spawnServer([findBinary(command) ?? command, ...args], { directory });
  started.defer(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(server, command, async () => (await fetch(`${url}/livez`)).ok);
  const disposal = started.move();
  return { url, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

/** @throws Error where the text no longer names what is replaced */
function replacedEach(text: string, replacements: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(replacements).reduce((result, [what, by]) => {
    if (!result.includes(what)) throw new Error(`the sample has no "${what}"`);
    return result.replaceAll(what, String(by));
  }, text);
}
