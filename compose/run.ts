import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { Addresses } from './addresses.ts';
import { dependentsIn, inOrder, ROOT, readCompose, waitsForHealth } from './compose-file.ts';
import { planService } from './local-services.ts';
import { Supervised } from './supervised.ts';

/**
 * docker-compose.yml without Docker: the same services, settings, health checks and order, as processes of this machine
 * on 127.0.0.1. They end with this process, however it ends.
 */

const USAGE = `npm run compose:local -- [--data <folder>] [--port <n>] [--env-file <path>]
  --data      where the state and the logs are kept: ./data/compose
  --port      the proxy's port on 127.0.0.1, 0 for any free one: that of docker-compose.yml
  --env-file  the secrets: .env in that folder, which is made at the first start
`;
const PARENT_CHECK_MS = 500;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join('data', 'compose') },
    port: { type: 'string' },
    'env-file': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
/** Those that were started, in their order. */
const running = new Map<string, Supervised>();
let dependents: ReadonlyMap<string, readonly string[]> = new Map();
let stopping: Promise<never> | undefined;

if (values.help) say(USAGE);
else {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(0));
  endWithParent();
  await start().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return end(1);
  });
}

async function start(): Promise<void> {
  const folder = resolve(ROOT, values.data);
  // Passable, for the user that PostgreSQL runs as where we are root.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const secretsPath = values['env-file'] ?? join(folder, '.env');
  if (!existsSync(secretsPath)) {
    execFileSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), 'env', secretsPath], { stdio: 'inherit' });
  }
  const variables = { ...parseEnv(readFileSync(secretsPath, 'utf8')), ...process.env };
  const declared = readCompose(variables);
  const addresses = new Addresses(Object.keys(declared.services));
  const url = await publish(declared.services.proxy?.ports, addresses);
  const compose = readCompose({ ...variables, LATCHKEY_PUBLIC_URL: variables.LATCHKEY_PUBLIC_URL ?? url });
  dependents = dependentsIn(compose);
  const services = new Map<string, Supervised>();
  for (const name of inOrder(compose)) {
    const plan = await planService({ name, compose, addresses, folder: join(folder, name) });
    services.set(name, new Supervised(plan, say));
  }
  for (const [name, service] of services) {
    if (waitsForHealth(compose.services[name] ?? {})) await untilHealthy();
    if (stopping !== undefined) return;
    running.set(name, service);
    service.start();
  }
  await untilHealthy();
  say(`A super admin's bearer: npx node --env-file=${shown(secretsPath)} dist/cli.js admin-token --role super-admin`);
  say(`Ready: ${url} (Ctrl-C ends all of it; what is stored stays in ${shown(folder)})`);
}

async function untilHealthy(): Promise<void> {
  for (const service of running.values()) await service.untilHealthy();
}

/** The port that the proxy is reachable at, where the file says or where the caller does. */
async function publish(ports: readonly string[] | undefined, addresses: Addresses): Promise<string> {
  const [host, published, inside] = (ports?.[0] ?? '').split(':');
  const wanted = values.port ?? published;
  if (!/^\d{1,5}$/.test(wanted ?? '')) throw new Error(`--port must be a port number.\n${USAGE}`);
  return `http://${host}:${await addresses.place('proxy', Number(inside), Number(wanted))}`;
}

/** Ends each service after those that depend on it, and then this process. */
function end(code: number): Promise<never> {
  const stops = new Map<string, Promise<void>>();
  stopping ??= (async () => {
    for (const [name, service] of [...running].reverse()) {
      const before = dependents.get(name)?.map((dependent) => stops.get(dependent)) ?? [];
      stops.set(
        name,
        Promise.all(before).then(() => service.stop()),
      );
    }
    await Promise.all(stops.values());
    process.exit(code);
  })();
  return stopping;
}

/** npm that is killed by SIGKILL tells nobody: its child has another parent then. */
function endWithParent(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end(1);
  }, PARENT_CHECK_MS).unref();
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
