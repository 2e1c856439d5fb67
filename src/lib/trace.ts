import { AsyncLocalStorage } from 'node:async_hooks';

/** A call out of this process, as traces show it. */
export interface CallOut {
  readonly method: string;
  /** The origin alone: paths and queries may hold what callers sent. */
  readonly origin: string;
}

/** A call out that is under way. */
export interface TracedCall {
  /** Headers by which the called service joins the trace (W3C Trace Context). */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where there was no answer. */
  end(status: number | undefined): void;
}

/** The trace of the request that this work is for. */
export interface Trace {
  /** 32 hexadecimal digits, which log lines carry too. */
  readonly id: string;
  beginCall(call: CallOut): TracedCall;
}

/** The trace of what runs now; without traces nobody enters it. */
export const currentTrace = new AsyncLocalStorage<Trace>();
