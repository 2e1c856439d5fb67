import type { RecordedAuditEvent } from '../audit/audit-event.js';
import { DomainError } from '../errors.js';

type Read = IteratorResult<RecordedAuditEvent>;
/** Few connections live at once, but a script may make and delete any number. */
const UNREAD_MAX = 1_000;
const END: Read = { done: true, value: undefined };

/**
 * Changes of connections that a follower has not read yet: of each connection the newest, so that a follower who reads
 * slowly holds little. An iterator of its own, since a generator that waits cannot be ended.
 */
export class ChangeQueue implements AsyncIterableIterator<RecordedAuditEvent> {
  readonly #unread = new Map<string, RecordedAuditEvent>();
  readonly #onEnd: (queue: ChangeQueue) => void;
  #reader: PromiseWithResolvers<Read> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;

  /** `onEnd` is told once, of an end of either side. */
  constructor(onEnd: (queue: ChangeQueue) => void) {
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: RecordedAuditEvent): void {
    if (this.#isEnded) return;
    // The newest change of all comes last.
    this.#unread.delete(event.target);
    this.#unread.set(event.target, event);
    if (this.#unread.size > UNREAD_MAX) {
      this.fail(new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'reads too slowly' }));
    }
    this.#serve();
  }

  /** Ends with an error for whoever reads. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#end();
  }

  /** The next change; one call at a time. */
  next(): Promise<Read> {
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    this.#serve();
    return promise;
  }

  /** Ends at once: what is unread is dropped. */
  async return(): Promise<Read> {
    this.#end();
    return END;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unread.clear();
    this.#serve();
    this.#onEnd(this);
  }

  #serve(): void {
    const reader = this.#reader;
    const [event] = this.#unread.values();
    if (reader === undefined || (event === undefined && !this.#isEnded)) return;
    this.#reader = undefined;
    if (event !== undefined) {
      this.#unread.delete(event.target);
      reader.resolve({ done: false, value: event });
    } else if (this.#failure !== undefined) {
      reader.reject(this.#failure.error);
    } else {
      reader.resolve(END);
    }
  }
}
