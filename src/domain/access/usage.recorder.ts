import { setTimeout } from 'node:timers/promises';
import { BoundedMap } from '../../lib/bounded-map.js';
import type { TokenUse, UsageStore } from './usage.store.js';

/** Some 40 MB of tokens' uses; a busy gateway flushes far fewer at a time. */
const NOTES_MAX = 200_000;

/**
 * Notes when secrets, tokens and connections were last used, in memory, and writes the notes down together: using a
 * credential never costs a write of its own. A crash loses the notes since the last flush, which is all they may lose,
 * but for those that do not fit: of each kind the newest 200,000 or so are kept while they cannot be written down.
 */
export class UsageRecorder {
  readonly #store: UsageStore;
  #secrets = newNotes<number>();
  #tokens = newNotes<Mutable<TokenUse>>();
  #connections = newNotes<number>();

  constructor(store: UsageStore) {
    this.#store = store;
  }

  secretUsed(secretId: string, connectionId: string, at: number): void {
    this.#secrets.set(secretId, at);
    this.#connections.set(connectionId, at);
  }

  tokenUsed(tokenId: string, connectionId: string, at: number): void {
    const noted = this.#tokens.get(tokenId);
    if (noted === undefined) this.#tokens.set(tokenId, { connectionId, at });
    else noted.at = at;
    this.#connections.set(connectionId, at);
  }

  /** Writes the notes down. Where that fails they are kept for the next flush, and the error is rethrown. */
  async flush(): Promise<void> {
    const uses = { secrets: this.#secrets, tokens: this.#tokens, connections: this.#connections };
    if (uses.connections.size === 0) return;
    this.#secrets = newNotes();
    this.#tokens = newNotes();
    this.#connections = newNotes();
    try {
      await this.#store.record(uses);
    } catch (error) {
      this.#secrets = merge(uses.secrets, this.#secrets);
      this.#tokens = merge(uses.tokens, this.#tokens);
      this.#connections = merge(uses.connections, this.#connections);
      throw error;
    }
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

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function newNotes<Use>(): Map<string, Use> {
  return new BoundedMap(NOTES_MAX);
}

/** The newer notes win: they were made later. What does not fit are the oldest. */
function merge<Use>(older: Map<string, Use>, newer: Map<string, Use>): Map<string, Use> {
  const merged = newNotes<Use>();
  for (const [id, use] of older) if (!newer.has(id)) merged.set(id, use);
  for (const [id, use] of newer) merged.set(id, use);
  return merged;
}
