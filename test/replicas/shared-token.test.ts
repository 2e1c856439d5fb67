import { expect, test } from 'vitest';
import { userOf } from '../../src/domain/principal.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { newReplicatedPlace, openReplica } from '../support/replicated-database.js';
import {
  accepted,
  auditEvents,
  buildTestServices,
  createConnection,
  ORGANIZATIONS,
  type Services,
  SUPER_ADMIN,
} from '../support/services.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const REPLICAS = 8;
const CALLERS = 50;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** So many replicas' services on one state; their clocks are one. */
async function openReplicas() {
  await using stack = new AsyncDisposableStack();
  const place = await newReplicatedPlace();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const clock = new TestClock();
  const opened = await Promise.all(
    Array.from({ length: REPLICAS }, async () => {
      const { database } = stack.use(await openReplica(place, { keyRing, clock }));
      return buildTestServices({ database, keyRing, clock });
    }),
  );
  const replicas = opened as [Services, Services, ...Services[]];
  await replicas[0].database.organizations.save(ORGANIZATIONS);
  const disposal = stack.move();
  return { replicas, clock, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

/** What so many callers at each replica are given, who all ask at the same moment. */
async function askAll(replicas: readonly Services[], connectionId: string): Promise<Set<string>> {
  const sharedTokens = await Promise.all(
    replicas.flatMap(({ sharedTokens }) =>
      Array.from({ length: CALLERS }, () => sharedTokens.issue(SUPER_ADMIN, connectionId)),
    ),
  );
  return new Set(sharedTokens.map((bearer) => accepted(bearer).accessToken.reveal()));
}

/** Until every replica knows that the token is dead: until then, within the revocation bound, it may be given. */
async function untilRefused(replicas: readonly Services[], token: string): Promise<void> {
  for (const { machines } of replicas) {
    await until(
      'the replica knows',
      async () => !(await machines.introspect(userOf('ADMIN', 'tester', 'default'), token, 'counted')).active,
    );
  }
}

async function mints(services: Services): Promise<number> {
  return (await auditEvents(services)).filter(({ action }) => action === 'token.issued').length;
}

test(`${REPLICAS} replicas with ${CALLERS} callers each mint one bearer, cold, after it was killed, and when it nears its end`, async () => {
  await using opened = await openReplicas();
  const { replicas, clock } = opened;
  const [first, second] = replicas;
  const { connection } = await createConnection(first);

  const cold = await askAll(replicas, connection.id);
  expect([cold.size, await mints(first)]).toEqual([1, 1]);

  accepted(await first.secrets.resetAfterLeak(SUPER_ADMIN, connection.id));
  await untilRefused(replicas, [...cold][0] ?? '');
  const afterReset = await askAll(replicas, connection.id);
  expect([afterReset.size, await mints(first)]).toEqual([1, 2]);
  expect(afterReset).not.toEqual(cold);

  clock.advance(DAY_MS - 10 * MINUTE_MS + 1);
  const late = await askAll(replicas, connection.id);
  expect([late.size, await mints(first)]).toEqual([1, 3]);
  expect(late).not.toEqual(afterReset);
  expect(
    await second.machines.introspect(userOf('ADMIN', 'tester', 'default'), [...late][0] ?? '', 'counted'),
  ).toMatchObject({ active: true });
});

test('where the holder of the lease was killed, another mints when the lease is over, and one bearer is all there is', async () => {
  await using opened = await openReplicas();
  const { replicas } = opened;
  const [first] = replicas;
  const { connection } = await createConnection(first);
  const begunAt = performance.now();
  // A replica that took the lease and died: nobody will ever keep anything under it.
  expect(await first.database.sharedTokens.acquire(connection.id, undefined, 300)).toHaveProperty('leasedFence');

  const sharedTokens = await askAll(replicas, connection.id);

  expect([sharedTokens.size, await mints(first)]).toEqual([1, 1]);
  // Redis counts the lease's time by a clock of its own, in whole milliseconds.
  expect(performance.now() - begunAt).toBeGreaterThan(290);
});
