import { expect, test } from 'vitest';
import { ConnectionTokensDocument, SetAllowedCidrsDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, requestToken } from '../support/machine.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { newReplicatedPlace, openReplica, serversConfigOf } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, introspect, jsonOf, post } from '../support/rest.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';

/** Where memory is to be used for sure: a proof that lapses on a busy machine makes the replica ask. */
const LONG_BOUND_MS = 60_000;

const clock = new TestClock(Date.now());

test('memory proves a token that was found before, and only until it is revoked', async () => {
  await using replica = await openReplica(await newReplicatedPlace(), { revocationBoundMs: LONG_BOUND_MS });
  const { database } = replica;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const record = tokenRecord(connection);
  await database.tokens.insert(record);
  expect(database.tokens.recall(record.digest)).toBeUndefined();

  await database.tokens.find(record.digest);
  expect(database.tokens.recall(record.digest)).toEqual(record);
  await database.change('default', ({ tokens }) => tokens.revoke(record));
  expect(database.tokens.recall(record.digest)).toBeUndefined();
});

test('a repetition is answered from memory, and is a use of the token all the same', async () => {
  await using redis = await startRedis();
  const servers = serversConfigOf({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
  await using own = await startTestGateway({ clock, config: { servers, revocationBoundMs: LONG_BOUND_MS } });
  const used = await createMachine(own.client());
  const text = await requestToken(own.url, used);
  const ask = async () => jsonOf(await introspect(own.url, used, { access_token: text })).active;
  const lookUps = async () => {
    await sendRedisCommand(redis.port, 'CONFIG', 'RESETSTAT');
    expect(await ask()).toBe(true);
    return /^cmdstat_(?:get|mget):/m.test(await sendRedisCommand(redis.port, 'INFO', 'commandstats'));
  };

  expect([await lookUps(), await lookUps(), await lookUps(), await lookUps()]).toEqual([true, false, false, false]);
  clock.advance(1_000);
  expect(await ask()).toBe(true);
  const { connection } = await own.client().run(ConnectionTokensDocument, { id: used.connectionId, first: 1 });
  const [edge] = connection && 'tokens' in connection ? connection.tokens.edges : [];
  expect(edge?.node.lastUsedAt).toBe(new Date(clock.now()).toISOString());
});

test('a repetition from an address that the connection excludes is refused', async () => {
  const servers = serversConfigOf(await newReplicatedPlace());
  await using own = await startTestGateway({ clock, config: { servers, trustedProxies: ['127.0.0.1/32'] } });
  const caller = await createMachine(own.client());
  const text = await requestToken(own.url, caller);
  await own.client().run(SetAllowedCidrsDocument, { id: caller.connectionId, cidrs: ['203.0.113.0/24'] });
  const askFrom = async (address: string) => {
    const headers = { ...authorizationOf(caller), 'content-type': 'application/json', 'x-forwarded-for': address };
    return (await post(`${own.url}${COMPATIBLE.introspect}`, headers, JSON.stringify({ access_token: text }))).status;
  };

  const statuses: number[] = [];
  for (const last of ['7', '7', '7', '7']) statuses.push(await askFrom(`203.0.113.${last}`));
  statuses.push(await askFrom('198.51.100.7'), await askFrom('203.0.113.8'));
  expect(statuses).toEqual([200, 200, 200, 200, 403, 200]);
});
