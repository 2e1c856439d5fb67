import { DomainError } from '../errors.js';
import { NotedUses } from './noted-uses.js';
import type { UsageStore } from './usage.store.js';
import { countNotes, halveNotes, mergeNotes, newNotes, note, type UsageNotes } from './usage-notes.js';

/** The attempts of one flush with fewer notes, to find the notes that the store refuses. */
const REFUSALS_MAX = 100;

/**
 * Notes the last uses of secrets, tokens and connections in memory, and writes the notes together: using a credential
 * never costs a write of its own, and readers see the notes laid over the stored uses. A crash loses only the notes
 * since the last flush. While the store takes no notes, memory keeps the newest 200,000 or so of each kind.
 */
export class UsageRecorder {
  readonly #store: UsageStore;
  #notes = newNotes();
  /** The notes of flushes under way: the store may or may not hold them already. */
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

  /** Writes as many notes as the store takes; keeps the rest for the next flush, and rethrows the last error. */
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

  /** What is noted now and may not be stored. Take it before you read what it is laid over. */
  noted(): NotedUses {
    return new NotedUses([this.#notes, ...this.#beingWritten].filter((notes) => countNotes(notes) > 0));
  }
}

/** Whether the store may take other notes after this error: an unavailable store takes none. */
function isOfThese(error: unknown): boolean {
  return !(error instanceof DomainError) || error.category !== 'unavailable';
}
