import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addresses } from './addresses.ts';
import { type Compose, milliseconds, ROOT, type Service } from './compose-file.ts';
import { readDockerfile } from './dockerfile.ts';
import { program, runningAs } from './programs.ts';
import type { Plan } from './supervised.ts';

/** As Docker's, where a service says nothing else. */
const GRACE = '10s';
/** Whom PostgreSQL runs as where we are root. */
const POSTGRES_USER = 'postgres';

type Started = Pick<Plan, 'words' | 'environment' | 'healthcheck' | 'stopSignal' | 'user'>;

interface Place {
  readonly name: string;
  readonly compose: Compose;
  readonly addresses: Addresses;
  /** The folder that its volume stands for. */
  readonly folder: string;
}

/** A service of the file as a process of this machine: what is of its image is here, the rest is the file's own. */
export async function planService(place: Place): Promise<Plan> {
  const { name, compose, addresses, folder } = place;
  const service = compose.services[name] as Service;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { image = '' } = service;
  const [kind = ''] = image.split(':');
  const started = await (IMAGES[kind] ?? startGateway)(service, place);
  return {
    name,
    directory: started.user === undefined ? ROOT : folder,
    logPath: `${folder}.log`,
    addresses: addresses.describe(name),
    graceMs: milliseconds(service.stop_grace_period ?? GRACE),
    ...started,
  };
}

const IMAGES: Record<string, (service: Service, place: Place) => Promise<Started>> = {
  postgres: startPostgres,
  redis: startRedis,
  haproxy: startHaproxy,
};

/** The image that is built here: what the Dockerfile says, in the checkout. */
async function startGateway(service: Service, { name, addresses, folder }: Place): Promise<Started> {
  const { command, environment, healthcheck } = readDockerfile();
  const [node = '', ...args] = command;
  const told = await addresses.translateEnvironment({ ...environment, ...service.environment }, name);
  return {
    words: [program(node), ...args],
    environment: { ...told, LATCHKEY_DATA_DIR: folder },
    healthcheck,
    stopSignal: 'SIGTERM',
    user: undefined,
  };
}

async function startHaproxy(service: Service, { name, compose, addresses, folder }: Place): Promise<Started> {
  const [config] = service.configs ?? [];
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, await addresses.translate(compose.configs[config?.source ?? '']?.content ?? '', name));
  // One process, whose end is the end of all of it.
  const words = [program('haproxy'), '-db', '-f', path];
  return {
    words,
    environment: {},
    healthcheck: await ownCheck(service, name, addresses),
    stopSignal: 'SIGUSR1',
    user: undefined,
  };
}

async function startRedis(service: Service, { name, addresses, folder }: Place): Promise<Started> {
  const [redis = '', ...args] = service.command ?? [];
  const port = String(await addresses.place(name, 6379));
  const check = await ownCheck(service, name, addresses);
  const [cmd = '', client = '', ...asked] = check.test;
  return {
    words: [program(redis), ...args, '--bind', '127.0.0.1', '--port', port, '--dir', folder],
    environment: service.environment ?? {},
    healthcheck: { ...check, test: [cmd, client, '-p', port, ...asked] },
    stopSignal: 'SIGTERM',
    user: undefined,
  };
}

async function startPostgres(service: Service, { name, addresses, folder }: Place): Promise<Started> {
  const data = join(folder, 'data');
  const {
    POSTGRES_USER: owner = '',
    POSTGRES_DB: database = '',
    POSTGRES_PASSWORD: password = '',
  } = service.environment ?? {};
  if (!existsSync(data)) makeCluster({ folder, data, owner, database, password });
  const port = String(await addresses.place(name, 5432));
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    // In the folder, so that a server that is killed leaves nothing in /dev/shm.
    'dynamic_shared_memory_type=mmap',
  ];
  return {
    words: [program('postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    environment: { PGPORT: port },
    healthcheck: await ownCheck(service, name, addresses),
    stopSignal: 'SIGINT',
    user: POSTGRES_USER,
  };
}

interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly owner: string;
  readonly database: string;
  readonly password: string;
}

/** What the image does at its first start: its user needs the password, here from this machine too. */
function makeCluster({ folder, data, owner, database, password }: Cluster): void {
  const passwordPath = join(folder, 'password');
  const run = (name: string, args: readonly string[], input = '') => {
    const [command = '', ...words] = [...runningAs(POSTGRES_USER), program(name), ...args];
    execFileSync(command, words, { cwd: folder, input, stdio: ['pipe', 'ignore', 'pipe'] });
  };
  try {
    writeFileSync(passwordPath, password, { mode: 0o600 });
    if (process.getuid?.() === 0) for (const path of [folder, passwordPath]) chownSync(path, ...idsOf(POSTGRES_USER));
    run('initdb', [
      '--pgdata',
      data,
      '--username',
      owner,
      '--pwfile',
      passwordPath,
      '--auth',
      'scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
    ]);
    run('postgres', ['--single', '-D', data, 'postgres'], `CREATE DATABASE "${database}"\n`);
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new Error(
      `PostgreSQL made no data in ${folder}: ${String(stderr) || message}\nRoot's runs as the user ${POSTGRES_USER}, who has to be let into every folder above: name another by --data.`,
    );
  } finally {
    rmSync(passwordPath, { force: true });
  }
}

function idsOf(user: string): [uid: number, gid: number] {
  const id = (option: string) => Number(execFileSync('id', [option, user], { encoding: 'utf8' }));
  return [id('-u'), id('-g')];
}

/** The health check of the file, with the service's own address in it. */
async function ownCheck({ healthcheck }: Service, name: string, addresses: Addresses) {
  if (healthcheck === undefined) throw new Error(`${name} has no health check.`);
  return { ...healthcheck, test: await Promise.all(healthcheck.test.map((word) => addresses.translate(word, name))) };
}
