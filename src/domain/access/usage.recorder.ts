import { setTimeout } from 'node:timers/promises';
import { DomainError } from '../errors.js';
import type { UsageStore } from './usage.store.js';
import { countNotes, halveNotes, mergeNotes, newNotes } from './usage-notes.js';

/** So often is a flush tried with fewer notes, to find those that cannot be written. */
const REFUSALS_MAX = 100;

/**
 * Notes when secrets, tokens and connections were last used, in memory, and writes the notes down together: using a
 * credential never costs a write of its own. A crash loses the notes since the last flush, which is all they may lose,
 * but for those that do not fit: of each kind the newest 200,000 or so are kept while they cannot be written down.
 */
export class UsageRecorder {
  readonly #store: UsageStore;
  #notes = newNotes();

  constructor(store: UsageStore) {
    this.#store = store;
  }

  secretUsed(secretId: string, connectionId: string, at: number): void {
    this.#notes.secrets.set(secretId, at);
    this.#notes.connections.set(connectionId, at);
  }

  tokenUsed(tokenId: string, connectionId: string, at: number): void {
    const noted = this.#notes.tokens.get(tokenId);
    if (noted === undefined) this.#notes.tokens.set(tokenId, { connectionId, at });
    else noted.at = at;
    this.#notes.connections.set(connectionId, at);
  }

  /**
   * Writes the notes down, and those that can be where some cannot. What is not written is kept for the next flush, and
   * the last error is rethrown.
   */
  async flush(): Promise<void> {
    const toWrite = [this.#notes];
    this.#notes = newNotes();
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

  /** The same for whoever waits no longer than `ms`: what takes longer goes on, and its failure is the next flush's. */
  async flushWithin(ms: number): Promise<void> {
    const enough = new AbortController();
    try {
      await Promise.race([this.flush(), setTimeout(ms, undefined, { signal: enough.signal })]);
    } finally {
      enough.abort();
    }
  }
}

/** Whether other notes may be written though these were not: a store that is gone takes none. */
function isOfThese(error: unknown): boolean {
  return !(error instanceof DomainError) || error.category !== 'unavailable';
}
