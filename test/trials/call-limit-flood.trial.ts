import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mostWithin } from '../property/limits/most-within.js';
import { newRedisUrl } from '../support/shared-servers.js';

const PROCESSES = 3;
const LIMIT = 100;
const MINUTE_US = 60_000_000;
/** Into the third minute: the limit is reached three times. */
const FLOOD_MS = 125_000;

test(`${PROCESSES} processes that flood one Redis for two minutes are admitted exactly the limit in each minute, and never more in any`, {
  timeout: FLOOD_MS + 30_000,
}, async ({ annotate }) => {
  const redisUrl = await newRedisUrl();
  const subject = randomUUID();
  const reports = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const child = fork(join(import.meta.dirname, '..', 'support', 'flooding-process.ts'), [
        redisUrl,
        subject,
        String(LIMIT),
        String(FLOOD_MS),
      ]);
      const [report] = (await once(child, 'message')) as [{ calls: number; admittedAtUs: number[] }];
      return report;
    }),
  );
  const admittedAtUs = reports.flatMap((each) => each.admittedAtUs).sort((one, other) => one - other);
  const calls = reports.reduce((sum, each) => sum + each.calls, 0);
  const report = `${calls} calls by ${PROCESSES} processes in ${FLOOD_MS / 1000} s: ${admittedAtUs.length} admitted, at most ${mostWithin(admittedAtUs, MINUTE_US)} in any 60 s`;
  await annotate(report);
  console.log(report);
  expect(mostWithin(admittedAtUs, MINUTE_US)).toBe(LIMIT);
  expect(admittedAtUs.length).toBe(3 * LIMIT);
});
