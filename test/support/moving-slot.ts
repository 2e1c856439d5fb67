import { idOf, type RedisCluster } from './redis-cluster.js';
import { sendRedisCommand } from './redis-command.js';
import type { RedisServer } from './redis-server.js';

const MIGRATE_WITHIN_MS = '60000';

/** The primary that serves the slot of `key`. */
export async function primaryOf({ servers }: RedisCluster, key: string): Promise<RedisServer> {
  for (const server of servers) {
    if ((await sendRedisCommand(server.port, 'EXISTS', key)).startsWith(':')) return server;
  }
  throw new Error(`no primary serves the slot of ${key}`);
}

/** A slot on its way between two primaries, for as long as a test likes: a reshard takes one a moment. */
export class MovingSlot {
  readonly #slot: string;
  readonly #from: RedisServer;
  readonly #to: RedisServer;
  readonly #others: readonly RedisServer[];

  private constructor(slot: string, nodes: { from: RedisServer; to: RedisServer; others: readonly RedisServer[] }) {
    this.#slot = slot;
    this.#from = nodes.from;
    this.#to = nodes.to;
    this.#others = nodes.others;
  }

  /** Begins to move the slot of `key`; no key moves by itself. */
  static async begin(cluster: RedisCluster, key: string): Promise<MovingSlot> {
    const from = await primaryOf(cluster, key);
    const [to, ...others] = cluster.servers.filter((server) => server !== from);
    if (to === undefined) throw new Error('there is no other primary');
    const slot = (await sendRedisCommand(from.port, 'CLUSTER', 'KEYSLOT', key)).slice(1);
    await mustDo(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
    await mustDo(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
    return new MovingSlot(slot, { from, to, others });
  }

  async move(...keys: readonly string[]): Promise<void> {
    const target = ['127.0.0.1', String(this.#to.port), '', '0', MIGRATE_WITHIN_MS];
    await mustDo(this.#from, 'MIGRATE', ...target, 'KEYS', ...keys);
  }

  /** Moves what is left, and says to all nodes whose slot it is now. */
  async finish(): Promise<void> {
    const answer = await sendRedisCommand(this.#from.port, 'CLUSTER', 'GETKEYSINSLOT', this.#slot, '10000');
    const left = answer.split('\r\n').filter((line) => !/^[*$]\d+$/.test(line));
    if (left.length > 0) await this.move(...left);
    const toId = await idOf(this.#to);
    for (const node of [this.#to, this.#from, ...this.#others]) {
      await mustDo(node, 'CLUSTER', 'SETSLOT', this.#slot, 'NODE', toId);
    }
  }
}

async function mustDo({ port }: RedisServer, ...words: readonly string[]): Promise<void> {
  const answer = await sendRedisCommand(port, ...words);
  if (answer !== '+OK') throw new Error(`${words[0]} ${words[1]} at ${port}: ${answer}`);
}
