import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * What texts of requests were found to say, so that one that comes again word for word is not read again. Texts hold
 * credentials: what is kept of one is a salted hash, which is of use in this process alone.
 *
 * How a text reads does not change; whether what it says still holds has to be asked each time.
 */
export class RequestMemory<Meaning extends object> {
  readonly #meanings: LRUCache<string, Meaning>;
  readonly #salt = randomBytes(32).toString('base64url');

  constructor(entriesMax: number) {
    this.#meanings = new LRUCache({ max: entriesMax });
  }

  /** Nothing was remembered: the text need not be put together. */
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
