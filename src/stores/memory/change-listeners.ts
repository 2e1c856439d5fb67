import type { ConnectionChanges } from './connection.changes.js';

/** Who wants to hear of changes to connections, for a process that hears of all of them at once. */
export class ChangeListeners implements ConnectionChanges {
  readonly #listeners: ((connectionId: string | undefined) => void)[] = [];

  get areCurrent(): boolean {
    return true;
  }

  onChange(listener: (connectionId: string | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** A connection has changed; undefined: any may have. */
  tell(connectionId: string | undefined): void {
    for (const listener of this.#listeners) listener(connectionId);
  }
}
