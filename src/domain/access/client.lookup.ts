import { createBatcher } from '../../lib/batch.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';

/** Clients that are remembered; more than this many at once make the oldest be looked up again. */
const REMEMBERED_MAX = 10_000;

/**
 * Finds connections by client id, for authenticating. One is remembered for as long as no connection has changed, so
 * that a revoked secret or a disabled connection is never served from memory. Unknown ids are not remembered: whoever
 * invents them fills nothing.
 */
export class ClientLookup {
  readonly #connections: ConnectionStore;
  readonly #find: (clientId: string) => Promise<Connection | undefined>;
  readonly #remembered = new Map<string, Connection>();
  #revision: number | undefined;

  constructor(connections: ConnectionStore) {
    this.#connections = connections;
    this.#find = createBatcher((clientIds) => connections.findByClientIds(clientIds));
  }

  async find(clientId: string): Promise<Connection | undefined> {
    const { revision } = this.#connections;
    if (revision !== this.#revision) {
      this.#remembered.clear();
      this.#revision = revision;
    }
    const remembered = this.#remembered.get(clientId);
    if (remembered !== undefined) return remembered;
    const found = await this.#find(clientId);
    // What was read while the revision changed may be of before the change.
    if (found !== undefined && revision !== undefined && revision === this.#connections.revision) {
      this.#remember(clientId, found);
    }
    return found;
  }

  #remember(clientId: string, connection: Connection): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(clientId, connection);
  }
}
