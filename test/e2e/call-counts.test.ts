import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { type GatewayProcess, spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { createMachine, type MachineCredentials } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, post } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** How old what was counted may be after a crash, and some time to write it. */
const KEPT_WITHIN_MS = 1_500;

async function callsOf({ url }: GatewayProcess, machine: MachineCredentials, count: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let call = 0; call < count; call++) {
    const { status, headers } = await post(`${url}${COMPATIBLE.token}`, authorizationOf(machine));
    outcomes.push(`${status} ${/r=\d+/.exec(headers.get('ratelimit') ?? '')?.[0]}`);
  }
  return outcomes;
}

test('what one process has counted outlasts a stop whole, and a crash but for its last second', async () => {
  await using directory = await createTemporaryDirectory();
  const keys = KeyRing.generate();
  const start = () =>
    spawnGateway({
      env: {
        LATCHKEY_DATA_DIR: directory.path,
        LATCHKEY_KEYS: keys,
        LATCHKEY_LIMITS: 'on',
        LATCHKEY_CALLS_PER_MINUTE: '10',
      },
    });
  const bearer = new AdminTokens(KeyRing.parse(keys), systemClock).issue({
    subject: 'tester',
    role: 'SUPER_ADMIN',
    organizationId: 'default',
    lifetimeMs: 60_000,
  });

  const first = await start();
  const machine = await createMachine(createGraphqlClient(first.url, { authorization: `Bearer ${bearer.reveal()}` }));
  expect(await callsOf(first, machine, 3)).toEqual(['200 r=9', '200 r=8', '200 r=7']);
  first.kill('SIGTERM');
  expect((await first.ended).code).toBe(0);

  const second = await start();
  expect(await callsOf(second, machine, 3)).toEqual(['200 r=6', '200 r=5', '200 r=4']);
  await delay(KEPT_WITHIN_MS);
  second.kill('SIGKILL');
  await second.ended;

  await using third = await start();
  expect(await callsOf(third, machine, 5)).toEqual(['200 r=3', '200 r=2', '200 r=1', '200 r=0', '429 r=0']);
});
