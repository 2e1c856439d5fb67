import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Remembers the meanings of request texts, to avoid reading an identical text again. Texts hold credentials, so the
 * memory keeps a salted hash that only this process can use.
 *
 * A meaning never changes; the caller must check each time whether it still holds.
 */
export class RequestMemory<Meaning extends object> {
  readonly #meanings: LRUCache<string, Meaning>;
  readonly #salt = randomBytes(32).toString('base64url');

  constructor(entriesMax: number) {
    this.#meanings = new LRUCache({ max: entriesMax });
  }

  /** Stands for a text in this memory alone. */
  fingerprint(text: string): string {
    return hash('sha256', this.#salt + text, 'base64url');
  }

  recall(fingerprint: string): Meaning | undefined {
    return this.#meanings.get(fingerprint);
  }

  remember(fingerprint: string, meaning: Meaning): void {
    this.#meanings.set(fingerprint, meaning);
  }
}
