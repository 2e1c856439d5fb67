import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCallLog, decide, record } from '../../../src/domain/limits/call-log.js';
import { RateLimitedError } from '../../../src/domain/limits/rate-limited.error.js';
import { standingOf } from '../../../src/domain/limits/standing.js';
import { refusalHeaders } from '../../../src/transports/http/rate-limit.headers.js';
import { quotas, steps } from './quotas-and-steps.js';

const EXPLORE_FACTOR = Number(process.env.EXPLORE_FACTOR ?? 1);

test('whatever was called before, a 429 names only the policies that refused, and no t of theirs is later than its Retry-After', () => {
  let refusals = 0;
  fc.assert(
    fc.property(quotas, steps, (quota, taken) => {
      const log = createCallLog(quota);
      for (const { clockUs, cost } of taken) {
        if (cost > Math.min(quota.perMinute, quota.perDay ?? quota.perMinute)) continue;
        const decision = decide(log, quota, clockUs, cost);
        if (decision.isAdmitted) {
          record(log, clockUs, cost);
          continue;
        }
        refusals++;
        const headers = refusalHeaders(new RateLimitedError(standingOf(decision, 'minute')));
        const refusing = (['minute', 'day'] as const).filter((name) => decision[name]?.retryAtUs !== undefined);
        const items = (headers.ratelimit ?? '').split(', ').map((item) => /^"(\w+)";r=\d+;t=(\d+)$/.exec(item) ?? []);
        expect(items.map(([, name]) => name)).toEqual(refusing);
        expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
        for (const [, , t] of items) expect(Number(t)).toBeLessThanOrEqual(Number(headers['retry-after']));
        expect(headers['ratelimit-policy']).toContain(`"minute";q=${quota.perMinute};w=60`);
        expect(headers['ratelimit-policy']?.includes(`"day";q=${quota.perDay};w=86400`)).toBe(
          quota.perDay !== undefined,
        );
      }
    }),
    { numRuns: 300 * EXPLORE_FACTOR },
  );
  expect(refusals).toBeGreaterThan(1_000);
});
