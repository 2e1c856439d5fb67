import { LRUCache } from 'lru-cache';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionLookup } from '../../domain/connections/connection.lookup.js';
import type { Lookups } from '../../domain/database/database.js';
import { createBatcher, GATHER_MS } from '../../lib/batch.js';
import type { ConnectionChanges } from './connection.changes.js';

/** The most connections remembered: beyond it the least recently used are looked up again. */
const REMEMBERED_MAX = 10_000;

/** Reads connections from the database each time. */
export interface ConnectionSource {
  /** Connections of any organisation, in the order of `clientIds`. */
  findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]>;
  findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined>;
  findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]>;
}

/**
 * Looks connections up, and remembers each until this process hears of its change. Unknown ids are not remembered:
 * invented ids fill no memory.
 */
export class RememberedConnections implements ConnectionLookup {
  readonly #changes: ConnectionChanges;
  readonly #source: ConnectionSource;
  readonly #find: (clientId: string) => Promise<Connection | undefined>;
  /** Connections by id. */
  readonly #remembered = new LRUCache<string, Connection>({ max: REMEMBERED_MAX });
  /** Ids by client id, or by the digest of an access key. */
  readonly #ids = new LRUCache<string, string>({ max: REMEMBERED_MAX });
  /** Grows with each change, to whatever connection. */
  #version = 0;
  readonly #lookups = { hits: 0, misses: 0 };

  constructor(source: ConnectionSource, changes: ConnectionChanges) {
    this.#changes = changes;
    this.#source = source;
    this.#find = createBatcher((clientIds) => source.findByClientIds(clientIds), GATHER_MS);
    changes.onChange((connectionId) => this.#forget(connectionId));
  }

  get lookups(): Lookups {
    return this.#lookups;
  }

  isCurrent(connection: Connection): boolean {
    const isCurrent = this.#changes.areCurrent && this.#remembered.get(connection.id) === connection;
    if (isCurrent) this.#lookups.hits++;
    return isCurrent;
  }

  async findByClientId(clientId: string): Promise<Connection | undefined> {
    return this.#recall(clientId) ?? this.#remember(() => this.#find(clientId));
  }

  async findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined> {
    for (const digest of digests) {
      const remembered = this.#recall(digest);
      // A key that was replaced here may be another connection's by now.
      if (remembered?.secrets.some((secret) => secret.digest.value === digest)) return remembered;
    }
    return this.#remember(() => this.#source.findByAccessKeyDigests(digests));
  }

  async findById(organizationId: string, id: string): Promise<Connection | undefined> {
    const remembered = this.#changes.areCurrent ? this.#remembered.get(id) : undefined;
    if (remembered !== undefined) return remembered.organizationId === organizationId ? remembered : undefined;
    return this.#remember(async () => (await this.#source.findMany(organizationId, [id]))[0]);
  }

  #recall(word: string): Connection | undefined {
    const id = this.#changes.areCurrent ? this.#ids.get(word) : undefined;
    const remembered = id === undefined ? undefined : this.#remembered.get(id);
    if (remembered !== undefined) this.#lookups.hits++;
    return remembered;
  }

  async #remember(read: () => Promise<Connection | undefined>): Promise<Connection | undefined> {
    const version = this.#version;
    this.#lookups.misses++;
    const found = await read();
    // A connection read during a change may predate the change.
    if (found === undefined || version !== this.#version) return found;
    this.#remembered.set(found.id, found);
    const words = found.clientId === undefined ? found.secrets.map(({ digest }) => digest.value) : [found.clientId];
    for (const word of words) this.#ids.set(word, found.id);
    return found;
  }

  #forget(connectionId: string | undefined): void {
    this.#version++;
    if (connectionId === undefined) this.#remembered.clear();
    else this.#remembered.delete(connectionId);
  }
}
