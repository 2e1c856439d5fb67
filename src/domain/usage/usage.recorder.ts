import { DomainError } from '../errors.js';
import type { UsageStore } from './usage.store.js';
import { countNotes, halveNotes, mergeNotes, newNotes, note, type UsageNotes } from './usage-notes.js';

/** So often is a flush tried with fewer notes, to find those that cannot be written. */
const REFUSALS_MAX = 100;

/** What has a last use, in epoch milliseconds. */
interface Used {
  readonly id: string;
  readonly lastUsedAt: number | undefined;
}

/**
 * Notes when secrets, tokens and connections were last used, in memory, and writes the notes down together: using a
 * credential never costs a write of its own, and what is read is shown with the notes laid over it. A crash loses the notes since the last flush, which is all they may lose,
 * but for those that do not fit: of each kind the newest 200,000 or so are kept while they cannot be written down.
 */
export class UsageRecorder {
  readonly #store: UsageStore;
  #notes = newNotes();
  /** Taken by a flush that is under way: perhaps written down already, perhaps not. */
  readonly #beingWritten = new Set<UsageNotes>();

  constructor(store: UsageStore) {
    this.#store = store;
  }

  secretUsed(secretId: string, connectionId: string, at: number): void {
    note(this.#notes.secrets, secretId, at);
    note(this.#notes.connections, connectionId, at);
  }

  tokenUsed(tokenId: string, connectionId: string, at: number): void {
    const noted = this.#notes.tokens.get(tokenId);
    if (noted === undefined) note(this.#notes.tokens, tokenId, { connectionId, at });
    else noted.at = at;
    note(this.#notes.connections, connectionId, at);
  }

  /**
   * Writes the notes down, and those that can be where some cannot. What is not written is kept for the next flush, and
   * the last error is rethrown.
   */
  async flush(): Promise<void> {
    const taken = this.#notes;
    this.#notes = newNotes();
    this.#beingWritten.add(taken);
    try {
      await this.#write(taken);
    } finally {
      this.#beingWritten.delete(taken);
    }
  }

  async #write(taken: UsageNotes): Promise<void> {
    const toWrite = [taken];
    let refusals = 0;
    let failure: { readonly error: unknown } | undefined;
    for (let notes = toWrite.pop(); notes !== undefined; notes = toWrite.pop()) {
      if (countNotes(notes) === 0) continue;
      try {
        await this.#store.record(notes);
      } catch (error) {
        failure = { error };
        refusals++;
        if (isOfThese(error) && countNotes(notes) > 1 && refusals < REFUSALS_MAX) toWrite.push(...halveNotes(notes));
        else this.#notes = mergeNotes(notes, this.#notes);
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** A connection as it was read, with the uses of it and of its secrets that are noted since. */
  withLastUses<S extends Used, C extends Used & { readonly secrets: readonly S[] }>(connection: C): C {
    if (!this.#hasNotes()) return connection;
    const secrets = connection.secrets.map((secret) => ({
      ...secret,
      lastUsedAt: this.#later(secret, ({ secrets: noted }) => noted.get(secret.id)),
    }));
    const lastUsedAt = this.#later(connection, ({ connections }) => connections.get(connection.id));
    return { ...connection, lastUsedAt, secrets };
  }

  /** A token as it was read, with the use of it that is noted since. */
  withLastUse<T extends Used>(token: T): T {
    if (!this.#hasNotes()) return token;
    return { ...token, lastUsedAt: this.#later(token, ({ tokens }) => tokens.get(token.id)?.at) };
  }

  #hasNotes(): boolean {
    return this.#beingWritten.size > 0 || countNotes(this.#notes) > 0;
  }

  #later({ lastUsedAt }: Used, noted: (notes: UsageNotes) => number | undefined): number | undefined {
    const instants = [lastUsedAt, noted(this.#notes), ...[...this.#beingWritten].map(noted)];
    const known = instants.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }
}

/** Whether other notes may be written though these were not: a store that is gone takes none. */
function isOfThese(error: unknown): boolean {
  return !(error instanceof DomainError) || error.category !== 'unavailable';
}
