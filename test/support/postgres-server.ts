import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { createPostgresData, POSTGRES_USER, readPostmaster } from './postgres-data.js';
import { postgresPrograms } from './postgres-programs.js';
import { runPostgres } from './run-postgres.js';
import { type ServerProcess, spawnServer, untilReady } from './server-process.js';

export interface PostgresOptions {
  /** Whether commits reach the disk before they are acknowledged. It is off, and faster, unless a test asks for it. */
  readonly fsync?: boolean;
  /** Further settings, such as `['log_statement=all']`. */
  readonly config?: readonly string[];
  /** The directory of its programs: those that npm brought, unless a test asks for others. */
  readonly programs?: string;
}

/** A PostgreSQL server as a process of its own on 127.0.0.1, gone with its data when the scope that holds it ends. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Of the postmaster that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when the postmaster is gone, and every process of it. */
  readonly ended: Promise<void>;
  /** Sends a signal to the postmaster alone. */
  kill(signal: NodeJS.Signals): void;
  /** `fast` rolls back what runs and writes all to disk; `immediate` is a crash that is tidied up at the next start. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again at the same port, with the same data, after it was stopped or killed. */
  start(): Promise<void>;
  /** Makes a database with a name that nothing else has and gives its URL. */
  createDatabase(): Promise<string>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Starts PostgreSQL and resolves when it accepts connections. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { fsync = false, config = [], programs = postgresPrograms() } = options;
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await using started = new AsyncDisposableStack();
  const data = started.use(await createPostgresData(programs));
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${data.directory}`,
    `fsync=${fsync ? 'on' : 'off'}`,
    'max_connections=200',
    // In the data directory, so that a server that is killed leaves nothing in /dev/shm.
    'dynamic_shared_memory_type=mmap',
    ...config,
  ];
  const words = [join(programs, 'postgres'), '-D', data.path, ...settings.flatMap((setting) => ['-c', setting])];
  const launch = async () => {
    const server = spawnServer(words, { directory: data.directory, user: POSTGRES_USER });
    await untilReady(server, 'PostgreSQL', async () => {
      const { pid, status } = await readPostmaster(data.path);
      return pid === server.pid && status === 'ready';
    });
    return server;
  };
  let running: ServerProcess = await launch();
  const disposal = started.move();
  return {
    port,
    url,
    get pid() {
      return running.pid;
    },
    get ended() {
      return running.ended;
    },
    kill: (signal) => running.kill(signal),
    async stop(mode) {
      running.kill(SIGNALS[mode]);
      await running.ended;
    },
    async start() {
      // Until the last process of the one before is gone, its shared memory keeps a new one from starting.
      await running.ended;
      running = await launch();
    },
    createDatabase: () => createDatabaseAt(url),
    async [Symbol.asyncDispose]() {
      // Not SIGKILL, after which shared memory would stay behind; a process that was stopped by SIGSTOP has to hear it.
      running.kill('SIGQUIT');
      running.kill('SIGCONT');
      await running.ended;
      await disposal.disposeAsync();
    },
  };
}

/**
 * Makes a database on the server of a superuser's URL, with a name that nothing else has, and gives its URL. It is a
 * copy of the database `template`, which nobody may be connected to meanwhile.
 */
export async function createDatabaseAt(serverUrl: string, template = 'template1'): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runPostgres(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
}
