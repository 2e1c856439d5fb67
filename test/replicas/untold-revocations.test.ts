import { expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { HASTY_MS, newReplicatedPlace, openReplica } from '../support/replicated-database.js';
import { errorCodeOf } from '../support/services.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

/**
 * Three replicas on one state, of which the first reaches Redis through a link that can be cut. Their clocks stand still,
 * so that what is left unpublished never gets old enough to be published by itself.
 */
async function openThree() {
  await using stack = new AsyncDisposableStack();
  const place = await newReplicatedPlace();
  const link = stack.use(await startFaultProxy(Number(new URL(place.redisUrl).port)));
  const throughLink = new URL(place.redisUrl);
  throughLink.port = String(link.port);
  const open = async (redisUrl: string) =>
    stack.use(await openReplica({ ...place, redisUrl }, { deadlineMs: HASTY_MS })).database;
  const first = await open(throughLink.href);
  const [second, third] = [await open(place.redisUrl), await open(place.redisUrl)];
  await first.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await first.change('default', ({ connections }) => connections.insert(connection));
  const token = tokenRecord(connection);
  await insertTokens(first, [token]);
  const disposal = stack.move();
  return {
    ...{ place, link, first, second, third, connection, token },
    revoke: (database: Database) => database.change('default', ({ tokens }) => tokens.revoke(token)),
    isAccepted: async (database: Database) => (await findTokens(database, [token.digest]))[0] !== undefined,
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

/** Does what is committed and not published, because the link is cut. */
async function withoutLink(link: FaultProxy, change: () => Promise<unknown>): Promise<void> {
  link.blackhole();
  expect(await errorCodeOf(change())).toBe('TEMPORARILY_UNAVAILABLE');
  link.pass();
}

type Opened = Awaited<ReturnType<typeof openThree>>;

async function untilRefused({ isAccepted }: Opened, database: Database): Promise<void> {
  await until('the replica refuses the token', async () => !(await isAccepted(database)));
}

test('a revocation that is sent again to another replica is answered once every replica was told', async () => {
  await using opened = await openThree();
  const { link, first, second, third, revoke, isAccepted } = opened;
  await withoutLink(link, () => revoke(first));
  expect(await isAccepted(third)).toBe(true);

  expect(await revoke(second)).toBe(false);

  await untilRefused(opened, third);
});

test('a replica that could not tell the others takes the same revocation again, and tells them', async () => {
  await using opened = await openThree();
  const { link, first, third, revoke, isAccepted } = opened;
  await withoutLink(link, () => revoke(first));
  let isAcceptedHere = false;
  await until('the replica reaches Redis again', async () => {
    isAcceptedHere = await isAccepted(first);
    return true;
  });
  // Whoever refuses it here has nothing to revoke, and would answer that all is done.
  expect(isAcceptedHere).toBe(true);

  expect(await revoke(first)).toBe(false);

  await untilRefused(opened, third);
});

test('a replica that reads of a revocation in the database alone tells the others before it refuses', async () => {
  await using opened = await openThree();
  const { place, link, first, third, revoke, isAccepted } = opened;
  await withoutLink(link, () => revoke(first));

  await using late = await openReplica(place);

  expect(await isAccepted(late.database)).toBe(false);
  await untilRefused(opened, third);
});

test('a delete that is sent again finds nothing once every replica was told', async () => {
  await using opened = await openThree();
  const { link, first, second, third, connection, isAccepted } = opened;
  await withoutLink(link, () => first.change('default', ({ connections }) => connections.delete(connection)));
  expect(await isAccepted(third)).toBe(true);

  const found = await second.change('default', ({ connections }) => connections.findMany('default', [connection.id]));

  expect(found).toEqual([undefined]);
  await untilRefused(opened, third);
});
