import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { LOAD_CORE, runningAs, startCommand, untilItSays } from './processes.ts';

/**
 * Redis and PostgreSQL for one run, as processes of this one on 127.0.0.1. They share the load generator's core: what is
 * measured is what the servers that use them do with theirs.
 */
export interface StateServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Another database of the same server. */
  readonly otherDatabaseUrl: string;
  readonly postgres: ChildProcess;
  readonly versions: readonly string[];
}

const REDIS_SERVER = 'redis-server';
/** Debian keeps one directory for each version of PostgreSQL, and none of them in PATH. */
const POSTGRES_DIRECTORIES = '/usr/lib/postgresql/*/bin';
/** Whom PostgreSQL runs as where we are root, which it refuses to be. */
const POSTGRES_USER = 'postgres';

export async function startStateServers(directory: string): Promise<StateServers> {
  return {
    redisUrl: await startRedis(directory),
    ...(await startPostgres(directory)),
    versions: [
      `Redis ${versionOf(REDIS_SERVER, /v=([\d.]+)/)}, which keeps nothing on disk`,
      `PostgreSQL ${versionOf(postgresProgram('postgres'), /([\d.]+)/)}, which syncs each commit to disk`,
    ],
  };
}

/** What Redis says that it has allocated. */
export async function readUsedMemoryBytes(redisUrl: string): Promise<number> {
  const [bytes] = await readInfo(redisUrl, ['used_memory']);
  return bytes as number;
}

/** The CPU time that Redis has used so far, in user and kernel mode. */
export async function readRedisCpuMicroseconds(redisUrl: string): Promise<number> {
  const [user, system] = await readInfo(redisUrl, ['used_cpu_user', 'used_cpu_sys']);
  return ((user as number) + (system as number)) * 1e6;
}

async function readInfo(redisUrl: string, names: readonly string[]): Promise<number[]> {
  const redis = new Redis(redisUrl);
  try {
    const info = await redis.info();
    return names.map((name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]));
  } finally {
    redis.disconnect();
  }
}

async function startRedis(directory: string): Promise<string> {
  const port = await findFreePort();
  const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory];
  const redis = startCommand(LOAD_CORE, [REDIS_SERVER, ...address, '--save', '', '--appendonly', 'no']);
  await untilItSays(redis, 'Redis', /Ready to accept connections/);
  return `redis://127.0.0.1:${port}`;
}

async function startPostgres(
  parent: string,
): Promise<Pick<StateServers, 'databaseUrl' | 'otherDatabaseUrl' | 'postgres'>> {
  const port = await findFreePort();
  const directory = makePostgresDirectory(parent);
  const data = join(directory, 'data');
  const [command = '', ...args] = [...runningAs(POSTGRES_USER), postgresProgram('initdb')];
  const words = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync', '--pgdata', data];
  execFileSync(command, [...args, ...words], { cwd: directory, stdio: 'pipe' });
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    // In the data directory, so that a server that is killed leaves nothing in /dev/shm.
    'dynamic_shared_memory_type=mmap',
  ];
  const postgres = startCommand(
    LOAD_CORE,
    [postgresProgram('postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    // By SIGKILL it would leave a segment of shared memory behind.
    { directory, user: POSTGRES_USER, endedBy: 'SIGQUIT' },
  );
  await untilItSays(postgres, 'PostgreSQL', /ready to accept connections/);
  const address = ['--host=127.0.0.1', `--port=${port}`, '--username=postgres'];
  execFileSync(postgresProgram('createdb'), [...address, 'other'], { cwd: directory });
  const url = `postgres://postgres@127.0.0.1:${port}`;
  return { databaseUrl: `${url}/postgres`, otherDatabaseUrl: `${url}/other`, postgres };
}

function makePostgresDirectory(parent: string): string {
  const directory = join(parent, 'postgres');
  mkdirSync(directory);
  if (process.getuid?.() === 0) {
    // Nobody but us has to read what it holds, but the way to its own part leads through it.
    chmodSync(parent, 0o711);
    execFileSync('chown', [POSTGRES_USER, directory]);
  }
  return directory;
}

/** The path of one of PostgreSQL's programs: Debian's newest, else the one in PATH. */
function postgresProgram(name: string): string {
  const byVersion = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true });
  const newest = globSync(POSTGRES_DIRECTORIES).sort(byVersion).at(-1);
  return newest === undefined ? name : join(newest, name);
}

function versionOf(program: string, pattern: RegExp): string {
  const [, version = 'of an unknown version'] = pattern.exec(execFileSync(program, ['--version']).toString()) ?? [];
  return version;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
