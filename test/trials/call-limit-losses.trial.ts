import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Quota } from '../../src/domain/limits/quota.js';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { RedisCallCounter } from '../../src/stores/redis/call-counter.redis.js';
import { openRedis } from '../../src/stores/redis/client.js';
import { floodCounters } from '../support/flood-counters.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { createRandom, drawSeed } from '../support/seeded-random.js';
import { reportTrial } from '../support/trial-report.js';

const QUOTA: Quota = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling' };
const GATEWAYS = 4;
const LOSSES = 40;
/** What docs promise of a Redis that loses its data: at most so much more than the limit, four gateways counting. */
const OVERSHOOT_MAX = 10;

test('where Redis loses its data under four gateways, what they have seen counts on: the limit is overshot by a few calls at most', async ({
  annotate,
}) => {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const counters = await Promise.all(
    Array.from({ length: GATEWAYS }, async () => {
      const opened = await openRedis(parseRedisUrl(redis.url), createLogger('error'), HASTY_MS);
      stack.defer(opened.close);
      return new RedisCallCounter(opened.redis, () => false);
    }),
  );
  const random = createRandom(drawSeed('LOSSES_SEED'));
  const admitted: number[] = [];
  for (let loss = 0; loss < LOSSES; loss++) {
    const flushAfter = 1 + random.below(QUOTA.perMinute);
    let answered = 0;
    const subject = randomUUID();
    admitted.push(
      await floodCounters(counters, subject, { calls: 300, quota: QUOTA }, async () => {
        if (++answered === flushAfter) await sendRedisCommand(redis.port, 'FLUSHALL');
      }),
    );
  }
  admitted.sort((one, other) => one - other);
  const report = `FLUSHALL at a random call of 300 by ${GATEWAYS} gateways, limit ${QUOTA.perMinute}, ${LOSSES} times: admitted ${admitted[0]} to ${admitted.at(-1)}, median ${admitted[LOSSES / 2]}`;
  await reportTrial(
    annotate,
    {
      bound: `${QUOTA.perMinute} ± ${OVERSHOOT_MAX} admitted`,
      worst: `${admitted[0]} to ${admitted.at(-1)}`,
      trials: `${LOSSES} losses of all data`,
    },
    report,
  );
  expect(admitted[0]).toBeGreaterThanOrEqual(QUOTA.perMinute - OVERSHOOT_MAX);
  expect(admitted.at(-1)).toBeLessThanOrEqual(QUOTA.perMinute + OVERSHOOT_MAX);
});
