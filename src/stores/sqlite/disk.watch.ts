import { DomainError } from '../../domain/errors.js';

/** How often a disk that has failed is tried again. */
const TRY_EVERY_MS = 1_000;

/**
 * Whether the disk takes writes. After a failed write it counts as failing until a write of this watch's own succeeds:
 * an orchestrator sends an unready gateway no requests, so no other write would show that the disk works again.
 */
export class DiskWatch {
  readonly #tryWrite: () => void;
  #failure: { readonly cause: unknown; readonly timer: NodeJS.Timeout } | undefined;

  constructor(tryWrite: () => void) {
    this.#tryWrite = tryWrite;
  }

  /** Notes that the disk has failed a statement. */
  failed(cause: unknown): void {
    this.#failure ??= { cause, timer: setInterval(() => this.#tryAgain(), TRY_EVERY_MS).unref() };
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE from a failure until a write succeeds */
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
      // The disk still fails.
    }
  }
}
