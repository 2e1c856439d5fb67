import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startBackgroundWork } from '../../src/background-work.js';
import { DomainError } from '../../src/domain/errors.js';
import { captureLog } from '../support/captured-log.js';
import { until } from '../support/until.js';

const IDLE = {
  usage: { flush: async () => undefined },
  tokens: { sweepExpired: async () => false },
  sweepUsedOnce: async () => undefined,
};

test('a stop waits for the work that is under way, and nothing is begun again beside it', async () => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const order: string[] = [];
  const keep = async () => {
    begun.resolve();
    await release.promise;
    order.push('kept');
  };
  const stop = startBackgroundWork({ ...IDLE, calls: { keep }, logger: captureLog().logger });
  await begun.promise;
  const stopped = stop().then(() => order.push('stopped'));
  await setImmediate();
  release.resolve();
  await stopped;
  expect(order).toEqual(['kept', 'stopped']);
});

test('work that fails is logged with its cause, not with the sentence for callers', async () => {
  const log = captureLog();
  const cause = new Error('database or disk is full');
  const keep = () => Promise.reject(new DomainError('TEMPORARILY_UNAVAILABLE', { cause }));
  const stop = startBackgroundWork({ ...IDLE, calls: { keep }, logger: log.logger });
  await until('it has failed', () => log.errors.length > 0);
  await stop();
  expect(log.errors[0]).toMatchObject({ msg: 'keeping call counts failed', code: 'TEMPORARILY_UNAVAILABLE' });
  expect(log.errors[0]?.detail).toContain('database or disk is full');
});
