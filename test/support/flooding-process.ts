/**
 * A process of its own that counts calls by the built counter, as fast as Redis lets it, and reports at which instants they
 * were admitted. It is started by Node itself, from the built files: words are those of fork().
 *
 * The counter answers refused calls by itself until the next one comes free. Calls that are admitted always go out with
 * them, of neighbours who have limits that nobody reaches: so that Redis is never idle, and no turn is without a question.
 */
import type { Quota } from '../../src/domain/limits/quota.js';
import type * as logger from '../../src/lib/logger.js';
import type * as address from '../../src/stores/redis/address.js';
import type * as callCounter from '../../src/stores/redis/call-counter.redis.js';
import type * as client from '../../src/stores/redis/client.js';
import type { FloodPlan, FloodReport } from './flood.js';

const CALLS_A_TURN = 4;
const NEIGHBOURS = 200;
const NEIGHBOUR: Quota = { perMinute: 10_000, perDay: undefined, dayWindow: 'rolling' };

const built = '../../build';
const { createLogger }: typeof logger = await import(`${built}/lib/logger.js`);
const { parseRedisUrl }: typeof address = await import(`${built}/stores/redis/address.js`);
const { openRedis }: typeof client = await import(`${built}/stores/redis/client.js`);
const { RedisCallCounter }: typeof callCounter = await import(`${built}/stores/redis/call-counter.redis.js`);

const { redisUrl, subjects, quota, lastMs, deadlineMs }: FloodPlan = JSON.parse(process.argv[2] ?? '');
const { redis, close } = await openRedis(parseRedisUrl(redisUrl), createLogger('error'), deadlineMs);
const counter = new RedisCallCounter(redis, () => false);
const report: FloodReport = { calls: 0, admittedAtUs: subjects.map(() => []), neighbours: { admitted: 0, refused: 0 } };
const endsAt = performance.now() + lastMs;
for (let turn = 0; performance.now() < endsAt; turn++) {
  const flood = subjects.flatMap((subject, index) =>
    Array.from({ length: CALLS_A_TURN }, async () => {
      const { isAdmitted, decidedAtUs } = await counter.count(subject, quota, 1);
      report.calls++;
      if (isAdmitted) report.admittedAtUs[index]?.push(decidedAtUs);
    }),
  );
  const neighbour = await counter.count(`neighbour ${turn % NEIGHBOURS}`, NEIGHBOUR, 1);
  report.neighbours[neighbour.isAdmitted ? 'admitted' : 'refused']++;
  await Promise.all(flood);
}
close();
process.send?.(report);
