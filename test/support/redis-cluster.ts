import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sendRedisCommand } from './redis-command.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { until } from './until.js';

export interface ClusterOptions {
  /** Three at least. */
  readonly primaries: number;
  readonly replicasPerPrimary?: number;
  readonly config?: readonly string[];
  readonly binary?: string;
}

/** A Redis Cluster on 127.0.0.1. */
export interface RedisCluster extends AsyncDisposable {
  /** What REDIS_URL says of all of them. */
  readonly url: string;
  /** The primaries first, as they were at the start, in the order of their slots; then the replicas. */
  readonly servers: readonly RedisServer[];
  /**
   * Moves slots, with their keys, from one primary to another, and resolves when all nodes agree about it; all have to
   * run. Indexes are those of `servers`.
   */
  reshard(slots: number, fromIndex: number, toIndex: number): Promise<void>;
}

/** How long a node may be silent before the others hold it for down. */
const NODE_TIMEOUT_MS = 2_000;
const CLI_WITHIN_MS = 60_000;

/** Starts the nodes and resolves when each of them says that the cluster is whole, and each replica is in step. */
export async function startCluster(options: ClusterOptions): Promise<RedisCluster> {
  const { primaries, replicasPerPrimary = 0, config = [], ...server } = options;
  const nodeConfig = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS), ...config];
  await using started = new AsyncDisposableStack();
  const servers: RedisServer[] = [];
  while (servers.length < primaries * (1 + replicasPerPrimary)) {
    servers.push(started.use(await startRedis({ ...server, config: nodeConfig })));
  }
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  await runClusterCli('create', ...addresses, '--cluster-replicas', String(replicasPerPrimary));
  await untilWhole(servers);
  const disposal = started.move();
  return {
    url: `redis+cluster://${addresses.join(',')}`,
    servers,
    reshard: (slots, fromIndex, toIndex) => reshard(servers, { slots, fromIndex, toIndex }),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function runClusterCli(...words: readonly string[]): Promise<void> {
  await promisify(execFile)('redis-cli', ['--cluster', ...words, '--cluster-yes'], { timeout: CLI_WITHIN_MS });
}

async function untilWhole(servers: readonly RedisServer[]): Promise<void> {
  await until('every node saw the whole cluster', async () => {
    const views = await Promise.all(servers.map(({ port }) => seesWholeCluster(port, servers.length)));
    return views.every(Boolean) && new Set(await Promise.all(servers.map(slotsAsSeenBy))).size === 1;
  });
}

/** Which node has which slots: what redis-cli wants all nodes to agree about before it moves any. */
async function slotsAsSeenBy({ port }: RedisServer): Promise<string> {
  const nodes = (await sendRedisCommand(port, 'CLUSTER', 'NODES')).split(/\r?\n/);
  // id, address, flags, primary, ping, pong, epoch, link, and the slots.
  const owners = nodes.map((line) => line.split(' ')).filter((fields) => fields.length > 8);
  return owners
    .map(([id, ...fields]) => [id, ...fields.slice(7)].join(' '))
    .sort()
    .join('\n');
}

async function seesWholeCluster(port: number, nodes: number): Promise<boolean> {
  const cluster = await sendRedisCommand(port, 'CLUSTER', 'INFO');
  if (!cluster.includes('cluster_state:ok') || !cluster.includes(`cluster_known_nodes:${nodes}\r\n`)) return false;
  const replication = await sendRedisCommand(port, 'INFO', 'replication');
  return replication.includes('role:master') || replication.includes('master_link_status:up');
}

async function reshard(
  servers: readonly RedisServer[],
  { slots, fromIndex, toIndex }: { slots: number; fromIndex: number; toIndex: number },
): Promise<void> {
  const [from, to] = [servers[fromIndex], servers[toIndex]];
  if (from === undefined || to === undefined) throw new Error(`no node ${fromIndex} or ${toIndex}`);
  const [fromId, toId] = [await idOf(from), await idOf(to)];
  const which = ['--cluster-from', fromId, '--cluster-to', toId, '--cluster-slots', String(slots)];
  await runClusterCli('reshard', `127.0.0.1:${from.port}`, ...which);
  await untilWhole(servers);
}

/** What the nodes of a cluster call this one. */
export async function idOf({ port }: RedisServer): Promise<string> {
  return (await sendRedisCommand(port, 'CLUSTER', 'MYID')).split('\r\n').at(-1) ?? '';
}
