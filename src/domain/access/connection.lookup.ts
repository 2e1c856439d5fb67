import { createBatcher } from '../../lib/batch.js';
import { BoundedMap } from '../../lib/bounded-map.js';
import type { ConnectionChanges } from '../connections/connection.changes.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';

/** Connections that are remembered; more than this many at once make the oldest be looked up again. */
const REMEMBERED_MAX = 10_000;

/**
 * Finds connections by client id or by access key, for authenticating, and by id. One is remembered until it changes, so
 * that a revoked secret or a disabled connection is never served from memory. What is unknown is not remembered: whoever
 * invents ids fills nothing.
 */
export class ConnectionLookup {
  readonly #changes: ConnectionChanges;
  readonly #connections: ConnectionStore;
  readonly #find: (clientId: string) => Promise<Connection | undefined>;
  /** By id. */
  readonly #remembered = new BoundedMap<string, Connection>(REMEMBERED_MAX);
  /** By client id, and by the digest of an access key. */
  readonly #ids = new BoundedMap<string, string>(REMEMBERED_MAX);
  /** Another number after each change, whatever it was of. */
  #version = 0;

  constructor(connections: ConnectionStore, changes: ConnectionChanges) {
    this.#changes = changes;
    this.#connections = connections;
    this.#find = createBatcher((clientIds) => connections.findByClientIds(clientIds));
    changes.onChange((connectionId) => this.#forget(connectionId));
  }

  /** Whether `connection` is what a look-up of it would come to now. */
  isCurrent(connection: Connection): boolean {
    return this.#changes.areCurrent && this.#remembered.get(connection.id) === connection;
  }

  async find(clientId: string): Promise<Connection | undefined> {
    return this.#recall(clientId) ?? this.#remember(() => this.#find(clientId));
  }

  /** The one that holds a secret with one of these digests, so far as is known: whether it does is the caller's to check. */
  async findByAccessKey(digests: readonly string[]): Promise<Connection | undefined> {
    for (const digest of digests) {
      const remembered = this.#recall(digest);
      if (remembered !== undefined) return remembered;
    }
    return this.#remember(() => this.#connections.findByAccessKeyDigests(digests));
  }

  /** A connection of an organisation by its id. */
  async findById(organizationId: string, id: string): Promise<Connection | undefined> {
    const remembered = this.#changes.areCurrent ? this.#remembered.get(id) : undefined;
    if (remembered !== undefined) return remembered.organizationId === organizationId ? remembered : undefined;
    return this.#remember(async () => (await this.#connections.findMany(organizationId, [id]))[0]);
  }

  #recall(word: string): Connection | undefined {
    const id = this.#changes.areCurrent ? this.#ids.get(word) : undefined;
    return id === undefined ? undefined : this.#remembered.get(id);
  }

  async #remember(read: () => Promise<Connection | undefined>): Promise<Connection | undefined> {
    const version = this.#version;
    const found = await read();
    // What was read while anything changed may be of before the change.
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
