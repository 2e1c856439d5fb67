/**
 * A process of its own that asks Redis to count calls as fast as it can, and reports by which instants they were admitted.
 * It is started by Node itself, from the built files: words are those of fork().
 */
import { Redis } from 'ioredis';

const [redisUrl = '', subject = '', limit = '', lastMs = ''] = process.argv.slice(2);
const built = '../../dist/stores/redis';
const { SCRIPTS } = await import(`${built}/scripts.js`);
const { callsKey } = await import(`${built}/keys.js`);
const { CountAnswer, writeCountArguments } = await import(`${built}/count-calls.js`);

const redis = new Redis(redisUrl, { scripts: SCRIPTS }) as Redis & {
  countCalls(...keysAndArguments: (string | number)[]): Promise<number[]>;
};
const quota = { perMinute: Number(limit), perDay: 50_000, dayWindow: 'rolling' };
let claim: unknown;
const admittedAtUs: number[] = [];
let calls = 0;
const endsAt = performance.now() + Number(lastMs);
while (performance.now() < endsAt) {
  const request = { quota, costs: [1], claim };
  const words: (string | number)[] = [callsKey(subject)];
  writeCountArguments(words, request);
  const counted = new CountAnswer(await redis.countCalls(1, ...words)).read(request);
  claim = counted.claim;
  if (counted.decisions[0].isAdmitted) admittedAtUs.push(counted.claim.lastAtUs);
  calls++;
}
redis.disconnect();
process.send?.({ calls, admittedAtUs });
