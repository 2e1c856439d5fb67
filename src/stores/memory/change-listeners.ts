import type { ConnectionChanges } from './connection.changes.js';

/** Listeners for changed connections, in a process that makes all changes itself. */
export class ChangeListeners implements ConnectionChanges {
  readonly #listeners: ((connectionId: string | undefined) => void)[] = [];

  get areCurrent(): boolean {
    return true;
  }

  onChange(listener: (connectionId: string | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells of a changed connection; undefined: any may have changed. */
  tell(connectionId: string | undefined): void {
    for (const listener of this.#listeners) listener(connectionId);
  }
}
