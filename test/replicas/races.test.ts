import { expect, test } from 'vitest';
import { CreateConnectionDocument, IssueTokenDocument } from '../generated/graphql.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';

/** What of so many answers: how often each kind of it came. */
function countOf(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(outcomes, (each) => each)).map(([each, all = []]) => [each, all.length]),
  );
}

async function startTwo() {
  const replicas = new Replicas(await newReplicatedPlace());
  const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
  return { replicas, first, second, [Symbol.asyncDispose]: () => replicas[Symbol.asyncDispose]() };
}

test('of what two replicas create at once, each cap and each name is kept exactly, and each loser is told why', async () => {
  await using started = await startTwo();
  const admins = [started.first, started.second].map((replica) => started.replicas.admin(replica));
  const race = async (
    count: number,
    inputOf: (index: number) => { name: string; authenticationType: 'OAUTH' | 'ACCESS_KEY' },
  ) =>
    countOf(
      await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const admin = admins[index % 2] as (typeof admins)[0];
          const { createConnection } = await admin.run(CreateConnectionDocument, { input: inputOf(index) });
          return createConnection.__typename === 'ConnectionCreated' ? 'created' : createConnection.code;
        }),
      ),
    );

  expect(
    await race(20, (index) => ({ name: index % 2 ? 'Same name' : 'same NAME', authenticationType: 'OAUTH' })),
  ).toEqual({
    created: 1,
    NAME_TAKEN: 19,
  });
  expect(await race(20, (index) => ({ name: `key ${index}`, authenticationType: 'ACCESS_KEY' }))).toEqual({
    created: 1,
    ACCESS_KEY_LIMIT: 19,
  });
  expect(await race(60, (index) => ({ name: `client ${index}`, authenticationType: 'OAUTH' }))).toEqual({
    created: 14,
    OAUTH_LIMIT: 46,
  });
});

test('a create that is repeated at both replicas under one idempotency key makes one connection', async () => {
  await using started = await startTwo();
  const admins = [started.first, started.second].map((replica) => started.replicas.admin(replica));
  const input = { name: 'once', authenticationType: 'OAUTH', idempotencyKey: 'key-1' } as const;

  const created = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const admin = admins[index % 2] as (typeof admins)[0];
      const { createConnection } = await admin.run(CreateConnectionDocument, { input });
      if (createConnection.__typename !== 'ConnectionCreated') throw new Error(createConnection.code);
      return createConnection;
    }),
  );

  expect(new Set(created.map(({ connection }) => connection.id)).size).toBe(1);
  expect(created.filter(({ secret }) => secret !== null)).toHaveLength(1);
});

test('a token that one replica issued is known to the other, over the shared bearer too', async () => {
  await using started = await startTwo();
  const { replicas, first, second } = started;
  const machine = await createMachine(replicas.admin(first));

  expect(await isActive(second.url, machine, await requestToken(first.url, machine))).toBe(true);
  const bearers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const admin = replicas.admin(index % 2 ? first : second);
      const { issueToken } = await admin.run(IssueTokenDocument, { connectionId: machine.connectionId });
      if (issueToken.__typename !== 'AccessToken') throw new Error(issueToken.code);
      return issueToken.accessToken;
    }),
  );
  expect(new Set(bearers).size).toBe(1);
  expect(await isActive(second.url, machine, bearers[0] ?? '')).toBe(true);
});
