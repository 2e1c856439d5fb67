import type { Appended, AuditFeed } from '../../domain/audit/audit.feed.js';

/** Tells the followers of audit logs in this process. */
export class AuditListeners implements AuditFeed {
  readonly #listeners = new Set<(appended: Appended | undefined) => void>();

  onAppended(listener: (appended: Appended | undefined) => void): () => void {
    const own = (appended: Appended | undefined) => listener(appended);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Tells of new events; undefined: any log may have grown. */
  tell(appended: readonly (Appended | undefined)[]): void {
    for (const each of appended) for (const listener of this.#listeners) listener(each);
  }
}
