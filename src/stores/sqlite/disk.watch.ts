import { DomainError } from '../../domain/errors.js';

/** How often a disk that has failed is tried again. */
const TRY_EVERY_MS = 1_000;

/**
 * Whether the disk takes writes. Where one has failed it does not, until a write of the gateway's own succeeds: an
 * orchestrator sends nothing to what is unready, so no other write comes by which it could be seen to work again.
 */
export class DiskWatch {
  readonly #tryWrite: () => void;
  #failure: { readonly cause: unknown; readonly timer: NodeJS.Timeout } | undefined;

  constructor(tryWrite: () => void) {
    this.#tryWrite = tryWrite;
  }

  /** A statement has failed for the disk's sake. */
  failed(cause: unknown): void {
    this.#failure ??= { cause, timer: setInterval(() => this.#tryAgain(), TRY_EVERY_MS).unref() };
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE from a failure on until a write has succeeded */
  check(): void {
    if (this.#failure !== undefined) throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: this.#failure.cause });
  }

  stop(): void {
    clearInterval(this.#failure?.timer);
    this.#failure = undefined;
  }

  #tryAgain(): void {
    try {
      this.#tryWrite();
      this.stop();
    } catch {
      // It has not come back yet.
    }
  }
}
