import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Quota } from '../../src/domain/limits/quota.js';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { RedisCallCounter } from '../../src/stores/redis/call-counter.redis.js';
import { type OpenedRedis, openRedis } from '../../src/stores/redis/client.js';
import { type Claim, CountAnswer, type Counted, packQuestions } from '../../src/stores/redis/count-calls.js';
import { callsKey } from '../../src/stores/redis/keys.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { commandCount } from '../support/redis-command-count.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { PATIENT_MS } from '../support/replicated-database.js';

const REFUSALS = 100;

let server: RedisServer;
let opened: OpenedRedis;
beforeAll(async () => {
  server = await startRedis();
  opened = await openRedis(parseRedisUrl(server.url), createLogger('error'), PATIENT_MS);
});
afterAll(async () => {
  opened.close();
  await server[Symbol.asyncDispose]();
});

/** How many writes the server has made, each of which goes to its replicas and its file. */
async function writes(): Promise<number> {
  const persistence = await sendRedisCommand(server.port, 'INFO', 'persistence');
  return Number(/^rdb_changes_since_last_save:(\d+)/m.exec(persistence)?.[1]);
}

/** Asks the script itself, past what the counter remembers. */
async function ask(subject: string, quota: Quota, costs: readonly number[], claim?: Claim): Promise<Counted> {
  const request = { quota, costs, claim };
  const answer = await opened.redis.countCallsBuffer(1, callsKey(subject), packQuestions([request]));
  const counted = new CountAnswer(answer).read(request);
  if (counted === undefined) throw new Error('the script wants more of the claim');
  return counted;
}

describe('a refusal writes nothing to Redis,', () => {
  test.each<[string, Quota]>([
    ['of the minute', { perMinute: 6, perDay: undefined, dayWindow: 'rolling' }],
    ['of the minute, where the day is counted too', { perMinute: 6, perDay: 100, dayWindow: 'rolling' }],
    ['of the rolling day', { perMinute: 100, perDay: 6, dayWindow: 'rolling' }],
    ['of the day from midnight', { perMinute: 100, perDay: 6, dayWindow: 'calendar' }],
  ])('%s, for any cost, whatever the caller saw before', async (_window, quota) => {
    const subject = randomUUID();
    const before = await writes();
    const { decisions, claim } = await ask(subject, quota, [6]);
    expect(decisions.map(({ isAdmitted }) => isAdmitted)).toEqual([true]);
    const counted = await writes();
    expect(counted).toBeGreaterThan(before);
    for (let refusal = 0; refusal < REFUSALS; refusal++) {
      const cost = 1 + (refusal % 6);
      const refused = await ask(
        subject,
        quota,
        refusal % 4 === 0 ? [cost, cost, 1] : [cost],
        refusal % 2 ? claim : undefined,
      );
      expect(refused.decisions.some(({ isAdmitted }) => isAdmitted)).toBe(false);
    }
    expect(await writes()).toBe(counted);
  });
});

describe('the counter sends', () => {
  const quota: Quota = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling' };
  let counter: RedisCallCounter;
  beforeAll(async () => {
    counter = new RedisCallCounter(opened.redis, () => false);
    // The server learns the script.
    await counter.count(randomUUID(), quota, 1);
  });
  const scriptCalls = () => commandCount(server.port, 'evalsha');

  test.each([
    [64, 1],
    [65, 2],
  ])(
    'what one turn of the event loop asks about %i subjects, ten times each, in %i script calls',
    async (subjects, calls) => {
      const before = await scriptCalls();
      const names = Array.from({ length: subjects }, () => randomUUID());
      const asked = names.flatMap((subject) => Array.from({ length: 10 }, () => counter.count(subject, quota, 1)));
      const decisions = await Promise.all(asked);
      expect(decisions.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(10 * subjects);
      expect((await scriptCalls()) - before).toBe(calls);
    },
  );

  test('nothing about a subject that was refused, until that refusal’s time has come', async () => {
    const subject = randomUUID();
    expect((await counter.count(subject, quota, 100)).isAdmitted).toBe(true);
    const first = await counter.count(subject, quota, 1);
    const before = await scriptCalls();
    const again = await Promise.all(Array.from({ length: 1_000 }, () => counter.count(subject, quota, 1)));
    expect(again.map(({ isAdmitted, minute }) => [isAdmitted, minute.retryAtUs])).toEqual(
      Array(1_000).fill([false, first.minute.retryAtUs]),
    );
    expect(await scriptCalls()).toBe(before);
  });
});
