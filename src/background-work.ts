import { setImmediate } from 'node:timers/promises';
import type { UsageRecorder } from './domain/access/usage.recorder.js';
import type { CallCounter } from './domain/limits/call.counter.js';
import type { TokenService } from './domain/tokens/token.service.js';
import { describeError, type Logger } from './lib/logger.js';

/** How late a note of a last use may be written. */
const USAGE_FLUSH_MS = 5_000;
/** How old what was counted may be after a crash. */
const COUNTS_KEEP_MS = 1_000;
/** How often a slice of the expired tokens is forgotten. */
const SWEEP_MS = 60_000;

/** Starts what is done beside the requests; call the result to end it. A failure is logged and tried again next time. */
export function startBackgroundWork(parts: {
  usage: UsageRecorder;
  calls: CallCounter;
  tokens: TokenService;
  logger: Logger;
}): () => void {
  const { usage, calls, tokens, logger } = parts;
  const every = (ms: number, name: string, work: () => Promise<unknown>) =>
    setInterval(() => {
      work().catch((error: unknown) => logger.error(`${name} failed`, { detail: describeError(error) }));
    }, ms);
  const timers = [
    every(USAGE_FLUSH_MS, 'writing last uses', () => usage.flush()),
    every(COUNTS_KEEP_MS, 'keeping call counts', () => calls.keep()),
    every(SWEEP_MS, 'sweeping expired tokens', async () => {
      // Requests go between the slices.
      while (await tokens.sweepExpired()) await setImmediate();
    }),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
