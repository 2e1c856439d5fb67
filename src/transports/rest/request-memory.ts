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

  /** Lets a caller skip building the text. */
  get isEmpty(): boolean {
    return this.#meanings.size === 0;
  }

  recall(text: string): Meaning | undefined {
    return this.#meanings.get(this.#fingerprint(text));
  }

  remember(text: string, meaning: Meaning): void {
    this.#meanings.set(this.#fingerprint(text), meaning);
  }

  #fingerprint(text: string): string {
    return hash('sha256', this.#salt + text, 'base64url');
  }
}
