import { freePort } from './free-port.js';
import { sendRedisCommand } from './redis-command.js';
import { type ServerProcess, spawnServer, untilReady } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';
import { until } from './until.js';

export interface RedisOptions {
  readonly port?: number;
  /** Where it keeps its files. The caller's, who deletes it; without one it has its own until it is disposed of. */
  readonly directory?: string;
  /** Further words of the command line, such as `['--appendonly', 'yes']` or `['--replicaof', '127.0.0.1 6379']`. */
  readonly config?: readonly string[];
  /** Another server that speaks the protocol, such as Valkey's; LATCHKEY_TEST_REDIS names one for all tests. */
  readonly binary?: string;
}

/** A Redis server as a process of its own on 127.0.0.1, gone when the scope that holds it ends. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly binary: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when the process that runs now is gone. */
  readonly ended: Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Starts it again at the same port, with the same directory, after it has ended or was told to. */
  restart(): Promise<void>;
}

/** Nothing is kept over a restart unless `config` says so, and a replica is synchronised at once, not after 5 s. */
const DEFAULTS = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'];

/** Starts Redis and resolves when it answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { binary = process.env.LATCHKEY_TEST_REDIS ?? 'redis-server', config = [], port = await freePort() } = options;
  return runRedis({ ...options, binary, port, prepare: async () => [...DEFAULTS, ...config] });
}

/** Starts a replica of `master` and resolves when it has all that the master has, and follows it. */
export async function startReplica(master: RedisServer, options: RedisOptions = {}): Promise<RedisServer> {
  const config = ['--replicaof', `127.0.0.1 ${master.port}`, ...(options.config ?? [])];
  const replica = await startRedis({ binary: master.binary, ...options, config });
  try {
    await until('the replica was in step', async () =>
      (await sendRedisCommand(replica.port, 'INFO', 'replication')).includes('master_link_status:up'),
    );
  } catch (error) {
    await replica[Symbol.asyncDispose]();
    throw error;
  }
  return replica;
}

interface RunOptions {
  readonly port: number;
  readonly binary: string;
  readonly directory?: string;
  /** Makes in the directory what has to be there, and gives the words to start with besides port and directory. */
  readonly prepare: (directory: string) => Promise<readonly string[]>;
}

/** Runs the binary in whichever role `prepare` gives it. */
export async function runRedis({ port, binary, directory, prepare }: RunOptions): Promise<RedisServer> {
  const own = directory === undefined ? await createTemporaryDirectory() : undefined;
  const path = own?.path ?? directory ?? '';
  const words = [binary, ...(await prepare(path)), '--port', String(port), '--dir', path];
  let running: ServerProcess;
  const start = async () => {
    running = spawnServer(words, { directory: path });
    await untilReady(running, 'Redis', () => answersAs(running.pid, port));
    return running;
  };
  try {
    running = await start();
  } catch (error) {
    await own?.[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    binary,
    get pid() {
      return running.pid;
    },
    get ended() {
      return running.ended;
    },
    kill: (signal) => running.kill(signal),
    async restart() {
      await untilEnded(running);
      await start();
    },
    async [Symbol.asyncDispose]() {
      running.kill('SIGKILL');
      await running.ended;
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** Whether the process itself answers, not another one that has its port. One with a password says no more than that. */
async function answersAs(pid: number, port: number): Promise<boolean> {
  const answer = await sendRedisCommand(port, 'PING');
  if (answer.startsWith('-NOAUTH')) return true;
  return answer === '+PONG' && (await sendRedisCommand(port, 'INFO', 'server')).includes(`process_id:${pid}\r\n`);
}

/** A restart of a server that nobody has stopped is a mistake of the test, not something to wait for without end. */
async function untilEnded({ ended }: ServerProcess): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  await until('the process before had ended', () => hasEnded);
}
