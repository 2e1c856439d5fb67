import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, post, send } from '../support/rest.js';

test('what limits decided, and how they count, can be watched; no name of anybody is among the figures', async () => {
  await using gateway = await startTestGateway({ config: { limits: limitsOf({ perMinute: 2 }) } });
  const machine = await createMachine(gateway.client());
  for (let times = 0; times < 3; times++) await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));
  await post(`${gateway.url}${COMPATIBLE.token}`);

  const { status, headers, text } = await send(`${gateway.url}/metrics`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const figures = Object.fromEntries(
    [...text.matchAll(/^(latchkey_\w+\{.*\}) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
  expect(figures).toMatchObject({
    'latchkey_limits_mode{mode="exact"}': 1,
    'latchkey_limits_mode{mode="closed"}': 0,
    'latchkey_limit_decisions_total{policy="minute",outcome="admitted"}': 2,
    'latchkey_limit_decisions_total{policy="minute",outcome="refused"}': 1,
    'latchkey_limit_decisions_total{policy="management",outcome="admitted"}': 1,
    'latchkey_limit_decisions_total{policy="failures",outcome="admitted"}': 1,
  });
  expect(text).toContain('process_cpu_seconds_total');
  expect(text).not.toMatch(/default|tester|lkid_/);
});
