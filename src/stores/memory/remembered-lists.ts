import { LRUCache } from 'lru-cache';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionReader } from '../../domain/connections/connection.store.js';

/** How many organisations' connections are remembered, at most 16 of each. */
const REMEMBERED_MAX = 500;

/** Remembers organisations' connections in a process that makes all changes itself. */
export class RememberedLists implements ConnectionReader {
  readonly #source: Pick<ConnectionReader, 'list'>;
  readonly #remembered = new LRUCache<string, readonly Connection[]>({ max: REMEMBERED_MAX });
  /** Grows with each change, to whatever connection. */
  #version = 0;

  constructor(source: Pick<ConnectionReader, 'list'>) {
    this.#source = source;
  }

  async list(organizationId: string): Promise<readonly Connection[]> {
    const remembered = this.#remembered.get(organizationId);
    if (remembered !== undefined) return remembered;
    const version = this.#version;
    const connections = await this.#source.list(organizationId);
    // Connections that were read before a change may predate the change.
    if (version === this.#version) this.#remembered.set(organizationId, connections);
    return connections;
  }

  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const connections = await this.list(organizationId);
    return ids.map((id) => connections.find((connection) => connection.id === id));
  }

  /** Any connection may have changed, or been used: asked for before anybody has the change's answer. */
  forget(): void {
    this.#version++;
    this.#remembered.clear();
  }
}
