import { DomainError } from '../../domain/errors.js';
import type { Clock } from '../../lib/clock.js';

/** The times of streams, in milliseconds. */
export interface StreamTimes {
  /** Below the idle time-outs of proxies, above what TCP's own probes take to find a vanished client. */
  readonly beatMs: number;
  /** A stream is cut at this age, so that no client relies on one for ever. */
  readonly ageMsMax: number;
}

export const STREAM_TIMES: StreamTimes = { beatMs: 20_000, ageMsMax: 900_000 };

/** Streams of one caller: more than the windows anybody looks at. */
const STREAMS_MAX = 20;

/** An open subscription, as its keeper sees it. */
export interface OpenStream {
  /** Whom its caller is, in the words of the audit log, within the organisation. */
  readonly caller: string;
  /** Looks whether the caller may still listen, and sends a sign of life. */
  beat(): void;
  cut(): void;
}

/** Keeps the open streams alive, and ends them in time. */
export class OpenStreams {
  readonly #openedAt = new Map<OpenStream, number>();
  readonly #clock: Clock;
  readonly #times: StreamTimes;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(clock: Clock, times: StreamTimes = STREAM_TIMES) {
    this.#clock = clock;
    this.#times = times;
  }

  /** @throws DomainError INVALID_REQUEST where the caller has too many */
  requireRoom(caller: string): void {
    const open = [...this.#openedAt.keys()].filter((stream) => stream.caller === caller).length;
    if (open < STREAMS_MAX) return;
    throw new DomainError('INVALID_REQUEST', {
      hint: `You have ${STREAMS_MAX} subscriptions open, which is as many as one caller may. Close one first.`,
    });
  }

  add(stream: OpenStream): void {
    if (this.#isEnding) {
      stream.cut();
      return;
    }
    this.#openedAt.set(stream, this.#clock.monotonicMs());
    this.#timer ??= setInterval(() => this.#beat(), this.#times.beatMs).unref();
  }

  remove(stream: OpenStream): void {
    this.#openedAt.delete(stream);
    if (this.#openedAt.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Cuts all, and whatever is added later. */
  cutAll(): void {
    this.#isEnding = true;
    for (const stream of this.#openedAt.keys()) stream.cut();
  }

  #beat(): void {
    const now = this.#clock.monotonicMs();
    for (const [stream, openedAt] of this.#openedAt) {
      if (now - openedAt >= this.#times.ageMsMax) stream.cut();
      else stream.beat();
    }
  }
}
