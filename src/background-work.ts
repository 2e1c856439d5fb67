import { setImmediate } from 'node:timers/promises';
import { describeFault } from './domain/described-fault.js';
import type { CallCounter } from './domain/limits/call.counter.js';
import type { TokenService } from './domain/tokens/token.service.js';
import type { UsageRecorder } from './domain/usage/usage.recorder.js';
import type { Logger } from './lib/logger.js';

/** The longest that a last use waits to be written. */
const USAGE_FLUSH_MS = 5_000;
/** How old the stored call counts may be after a crash. */
const COUNTS_KEEP_MS = 1_000;
/** How often sweeps run. */
const SWEEP_MS = 60_000;

/**
 * Starts the periodic work beside the requests. A failed task is logged and tried again next time, and no task overlaps
 * itself. Call the result to stop: it resolves once no task is under way.
 */
export function startBackgroundWork(parts: {
  usage: Pick<UsageRecorder, 'flush'>;
  calls: Pick<CallCounter, 'keep'>;
  tokens: Pick<TokenService, 'sweepExpired'>;
  sweepUsedOnce: () => Promise<void>;
  logger: Logger;
}): () => Promise<void> {
  const { usage, calls, tokens, sweepUsedOnce, logger } = parts;
  let isStopping = false;
  const underWay = new Map<string, Promise<void>>();
  const every = (ms: number, name: string, work: () => Promise<unknown>) =>
    setInterval(() => {
      if (underWay.has(name)) return;
      const done = work()
        .then(
          () => undefined,
          (error: unknown) => logger.error(`${name} failed`, describeFault(error)),
        )
        .finally(() => underWay.delete(name));
      underWay.set(name, done);
    }, ms);
  const timers = [
    every(USAGE_FLUSH_MS, 'writing last uses', () => usage.flush()),
    every(COUNTS_KEEP_MS, 'keeping call counts', () => calls.keep()),
    every(SWEEP_MS, 'sweeping used links and keys of creates', sweepUsedOnce),
    every(SWEEP_MS, 'sweeping expired tokens', async () => {
      // Requests run between the slices.
      while (!isStopping && (await tokens.sweepExpired())) await setImmediate();
    }),
  ];
  return async () => {
    isStopping = true;
    for (const timer of timers) clearInterval(timer);
    await Promise.all(underWay.values());
  };
}
