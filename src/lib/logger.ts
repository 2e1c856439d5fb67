import { type DestinationStream, pino } from 'pino';
import { LogDestination } from './log.destination.js';
import { currentTrace } from './trace.js';

/**
 * The only fields a log line may carry. The logger drops any other, so no new call can leak a header, a query, a
 * variable or a body by accident.
 */
export interface LogFields {
  requestId?: string;
  method?: string;
  /** The route's pattern, never the requested URL. */
  route?: string;
  status?: number;
  durationMs?: number;
  /** A DomainError's or a system error's code. */
  code?: string;
  /** What went wrong, for operators: our own words, or an unexpected error's stack. */
  detail?: string;
  url?: string;
  count?: number;
}

/** The trace that a line belongs to, for those who look for one by the other. */
function traceOfLine(): { traceId?: string } {
  const trace = currentTrace.getStore();
  return trace === undefined ? {} : { traceId: trace.id };
}

const ALLOWED: Record<keyof LogFields, true> = {
  requestId: true,
  method: true,
  route: true,
  status: true,
  durationMs: true,
  code: true,
  detail: true,
  url: true,
  count: true,
};

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured logging: one JSON line per event, with the event's name in `msg`. */
export interface Logger {
  /** Whether debug lines are written: where not, callers save the work of making them. */
  readonly debugs: boolean;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /**
   * Logs an error that comes with every request while its cause lasts: at most one line a second for each event, with
   * the number of errors since the last line. Calls `fields` only for a line that is written.
   */
  outage(event: string, fields: () => LogFields): void;
}

const OUTAGE_EVERY_MS = 1_000;

/** The file descriptor of standard error. Standard output carries the ready line and commands' results. */
const STANDARD_ERROR = 2;
let standardError: LogDestination | undefined;

/** Logs to `destination`, by default the process's one standard error. */
export function createLogger(level: LogLevel, destination: DestinationStream = openStandardError()): Logger {
  const outages = new Map<string, { writtenAt: number; count: number }>();
  const sink = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin: traceOfLine }, destination);
  return {
    debugs: sink.isLevelEnabled('debug'),
    debug: (event, fields = {}) => sink.debug(allowed(fields), event),
    info: (event, fields = {}) => sink.info(allowed(fields), event),
    warn: (event, fields = {}) => sink.warn(allowed(fields), event),
    error: (event, fields = {}) => sink.error(allowed(fields), event),
    outage: (event, fields) => {
      const outage = outages.get(event) ?? { writtenAt: Number.NEGATIVE_INFINITY, count: 0 };
      outages.set(event, outage);
      outage.count++;
      if (performance.now() - outage.writtenAt < OUTAGE_EVERY_MS) return;
      sink.error(allowed({ ...fields(), count: outage.count }), event);
      outages.set(event, { writtenAt: performance.now(), count: 0 });
    },
  };
}

function openStandardError(): LogDestination {
  if (standardError !== undefined) return standardError;
  const opened = new LogDestination(STANDARD_ERROR, noticeOf);
  process.once('exit', () => opened.writeRest());
  standardError = opened;
  return opened;
}

/** The line that stands for `count` lost lines. */
function noticeOf(count: number): string {
  let notice = '';
  createLogger('warn', { write: (line) => (notice = line) }).warn('log lines were lost', { count });
  return notice;
}

function allowed(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(ALLOWED, name)));
}

/** An unexpected error for the log: its stack, which begins with its message and names the place. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : 'a value that is not an Error';
}
