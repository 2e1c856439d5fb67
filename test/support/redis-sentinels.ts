import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { sendRedisCommand } from './redis-command.js';
import { type RedisServer, runRedis } from './redis-server.js';
import { until } from './until.js';

export interface SentinelOptions {
  readonly count: number;
  /** How long the master may be silent before a Sentinel holds it for down. */
  readonly downAfterMs: number;
  /** What clients call the master by. */
  readonly name: string;
}

/** Sentinels that watch one master and its replicas. */
export interface RedisSentinels extends AsyncDisposable {
  readonly name: string;
  readonly servers: readonly RedisServer[];
  readonly ports: readonly number[];
  /** The port of the master in the opinion of each Sentinel that answers; one that does not is left out. */
  masterPorts(): Promise<number[]>;
}

/**
 * Sentinels tell of themselves and ask for replicas every 2 and 10 s otherwise, which only makes the tests wait. One
 * that is restarted takes its time again.
 */
const IN_A_HURRY = ['publish-period', '100', 'info-period', '200'];

/**
 * Starts Sentinels for `master` and resolves when they could fail over: each sees the others and every replica that the
 * master has by then (see `startReplica`). What a Sentinel has learnt stands in its directory, over a restart too.
 */
export async function startSentinels(master: RedisServer, options: SentinelOptions): Promise<RedisSentinels> {
  const { count, name } = options;
  const replicaCount = await countReplicas(master);
  await using started = new AsyncDisposableStack();
  const servers: RedisServer[] = [];
  while (servers.length < count) servers.push(started.use(await startSentinel(master, options)));
  const ports = servers.map(({ port }) => port);
  await Promise.all(ports.map((port) => sendRedisCommand(port, 'SENTINEL', 'DEBUG', ...IN_A_HURRY)));
  await until('the Sentinels could fail over', async () => {
    const views = await Promise.all(ports.map((port) => canFailOver(port, name, { count, replicaCount })));
    return views.every(Boolean);
  });
  const disposal = started.move();
  return {
    name,
    servers,
    ports,
    masterPorts: () => masterPortsOf(ports, name),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function startSentinel(
  { port: masterPort, binary }: RedisServer,
  { count, downAfterMs, name }: SentinelOptions,
): Promise<RedisServer> {
  return runRedis({
    port: await freePort(),
    binary,
    prepare: async (directory) => {
      const path = join(directory, 'sentinel.conf');
      const lines = [
        'bind 127.0.0.1',
        `sentinel monitor ${name} 127.0.0.1 ${masterPort} ${Math.floor(count / 2) + 1}`,
        `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
        // Two Sentinels that both want to lead fail; the next attempt comes after twice this.
        `sentinel failover-timeout ${name} ${2 * downAfterMs + 1_000}`,
      ];
      await writeFile(path, `${lines.join('\n')}\n`);
      return [path, '--sentinel'];
    },
  });
}

async function countReplicas({ port }: RedisServer): Promise<number> {
  const [, count] = /connected_slaves:(\d+)/.exec(await sendRedisCommand(port, 'INFO', 'replication')) ?? [];
  return Number(count);
}

async function canFailOver(
  port: number,
  name: string,
  expected: { count: number; replicaCount: number },
): Promise<boolean> {
  const quorum = await sendRedisCommand(port, 'SENTINEL', 'CKQUORUM', name);
  if (!quorum.startsWith(`+OK ${expected.count} usable`)) return false;
  const replicas = await sendRedisCommand(port, 'SENTINEL', 'REPLICAS', name);
  return replicas.split('master-link-status\r\n$2\r\nok\r\n').length - 1 === expected.replicaCount;
}

async function masterPortsOf(ports: readonly number[], name: string): Promise<number[]> {
  const answers = await Promise.allSettled(
    ports.map((port) => sendRedisCommand(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)),
  );
  return answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? [Number(answer.value.split('\r\n').at(-1))] : [],
  );
}
