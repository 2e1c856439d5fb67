import { DomainError } from '../../domain/errors.js';
import type { Clock } from '../../lib/clock.js';
import { currentTrace } from '../../lib/trace.js';

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

interface Parts {
  readonly clock: Clock;
  readonly times: StreamTimes | undefined;
  readonly onBeat: () => void;
}

/** Keeps the open streams alive, and ends them in time. */
export class OpenStreams {
  readonly #openedAt = new Map<OpenStream, number>();
  readonly #clock: Clock;
  readonly #times: StreamTimes;
  readonly #onBeat: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  /** `onBeat` is called at each heartbeat, while there are streams. */
  constructor({ clock, times = STREAM_TIMES, onBeat }: Parts) {
    this.#clock = clock;
    this.#times = times;
    this.#onBeat = onBeat;
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
    // The beats are of all streams: they belong to the trace of none.
    this.#timer ??= currentTrace.exit(() => setInterval(() => this.#beat(), this.#times.beatMs).unref());
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
    this.#onBeat();
    const now = this.#clock.monotonicMs();
    for (const [stream, openedAt] of this.#openedAt) {
      if (now - openedAt >= this.#times.ageMsMax) stream.cut();
      else stream.beat();
    }
  }
}
