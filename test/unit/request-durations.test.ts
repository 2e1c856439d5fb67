import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { RequestDurations } from '../../src/request-durations.js';

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.1, 1, 15];
const OPTIONS = { name: 'durations_seconds', help: 'How "long"; a \\ and\na second line.', buckets: BOUNDS };
const ROUTES = ['/token', '/v1/organizations/:id(^\\d+$)', '/"quoted"', 'none'];
const STATUSES = [200, 404, 503, undefined];
/** Each bound, what is next to it on both sides, nothing, and what is beyond all. */
const SECONDS = [0, ...BOUNDS.flatMap((bound) => [bound, bound * (1 - 2 ** -52), bound * (1 + 2 ** -52)]), 16, 1e9];

/** Ours beside prom-client's own, told the same. */
function startBoth() {
  const [ours, theirs] = [new Registry(), new Registry()];
  const durations = new RequestDurations({ ...OPTIONS, registers: [ours] });
  const histogram = new Histogram({ ...OPTIONS, labelNames: ['route', 'status'], registers: [theirs] });
  const observe = (route: string, status: number | undefined, seconds: number) => {
    durations.observe(route, status, seconds);
    histogram.observe({ route, status: status ?? 'left' }, seconds);
  };
  return { ours, theirs, observe };
}

test('durations are printed as prom-client’s own histogram prints them, to the byte', async () => {
  const { ours, theirs, observe } = startBoth();
  let turn = 0;
  for (const seconds of SECONDS) {
    for (const status of STATUSES) {
      for (const route of ROUTES) {
        // Not all the same: an amount that stands in the wrong row shows.
        for (let times = turn++ % 5; times > 0; times--) observe(route, status, seconds);
      }
    }
  }

  const printed = await ours.metrics();
  expect(printed).toBe(await theirs.metrics());
  expect(printed.match(/^durations_seconds_bucket\{le="\+Inf",/gm)).toHaveLength(ROUTES.length * STATUSES.length);
  expect(printed).toContain('durations_seconds_count{route="/token",status="left"}');
});

test('a scrape counts nothing away, and one before the first request has no series', async () => {
  const { ours, theirs, observe } = startBoth();
  expect(await ours.metrics()).toBe(await theirs.metrics());
  observe('/token', 200, 0.001);
  expect(await ours.metrics()).toBe(await theirs.metrics());
  observe('/token', 200, 20);
  expect(await ours.metrics()).toBe(await theirs.metrics());
});
