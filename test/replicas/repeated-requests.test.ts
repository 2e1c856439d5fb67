import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ConnectionTokensDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokensDocument,
  SetAllowedCidrsDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { newReplicatedPlace, openReplica, serversConfigOf } from '../support/replicated-database.js';
import {
  type Answer,
  authorizationOf,
  COMPATIBLE,
  introspect,
  jsonOf,
  post,
  postForm,
  STANDARD,
  withoutRequestId,
} from '../support/rest.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';

const DAY_MS = 86_400_000;
/** Where memory is to be used for sure: a proof that lapses on a busy machine makes the replica ask. */
const LONG_BOUND_MS = 60_000;

/** A request that comes again word for word is answered from memory: never with what is no longer true. */

const clock = new TestClock(Date.now());
let gateway: TestGateway;
let admin: GraphqlClient;
let machine: MachineCredentials;
let token: string;

beforeAll(async () => {
  const servers = serversConfigOf(await newReplicatedPlace());
  gateway = await startTestGateway({ clock, config: { servers } });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(async () => {
  admin = gateway.client();
  machine = await createMachine(admin);
  token = await requestToken(gateway.url, machine);
});
// There is room for fifteen.
afterEach(() => gateway.client().run(DeleteConnectionDocument, { id: machine.connectionId }));

const ways: readonly (readonly [string, () => Promise<Answer>])[] = [
  ['compatible', () => introspect(gateway.url, machine, { access_token: token })],
  ['standard, by header', () => postForm(`${gateway.url}${STANDARD.introspect}`, { token }, authorizationOf(machine))],
  [
    'standard, by form',
    () => {
      const { clientId, secret } = machine;
      return postForm(`${gateway.url}${STANDARD.introspect}`, { token, client_id: clientId, client_secret: secret });
    },
  ],
];

async function outcomeOf(ask: () => Promise<Answer>): Promise<string> {
  const answer = await ask();
  return answer.status === 200 ? `active: ${jsonOf(answer).active}` : String(answer.status);
}

describe.each(ways)('an introspection that is repeated, %s,', (_, ask) => {
  test('is answered as it was the first time, with a request id of its own', async () => {
    const answers = [await ask(), await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const answer of answers) expect(withoutRequestId(answer)).toEqual(withoutRequestId(answers[0] as Answer));
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(4);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'the token was revoked',
      () => postForm(`${gateway.url}${STANDARD.revoke}`, { token }, authorizationOf(machine)),
      'active: false',
    ],
    [
      'all tokens were revoked',
      () => admin.run(RevokeTokensDocument, { connectionId: machine.connectionId }),
      'active: false',
    ],
    ['the token has expired', async () => clock.advance(DAY_MS), 'active: false'],
    ['the secret was replaced', () => admin.run(RegenerateSecretDocument, { id: machine.connectionId }), '401'],
    ['the connection was reset', () => admin.run(ResetAfterLeakDocument, { id: machine.connectionId }), '401'],
    ['the connection was disabled', () => admin.run(DisableConnectionDocument, { id: machine.connectionId }), '401'],
    ['the connection was deleted', () => admin.run(DeleteConnectionDocument, { id: machine.connectionId }), '401'],
    [
      'the connection was disabled and enabled',
      async () => {
        await admin.run(DisableConnectionDocument, { id: machine.connectionId });
        await admin.run(EnableConnectionDocument, { id: machine.connectionId });
      },
      'active: false',
    ],
  ])('is answered anew once %s', async (_what, change, expected) => {
    // The second answer is remembered, and the third is that.
    for (let time = 0; time < 3; time++) expect(await outcomeOf(ask)).toBe('active: true');
    await change();
    expect([await outcomeOf(ask), await outcomeOf(ask)]).toEqual([expected, expected]);
  });
});

test('memory proves a token that was found before, and only until it is revoked', async () => {
  await using replica = await openReplica(await newReplicatedPlace(), { revocationBoundMs: LONG_BOUND_MS });
  const { database } = replica;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const record = tokenRecord(connection);
  await database.tokens.insert(record);
  expect(database.tokens.isCurrent(record)).toBe(false);

  await database.tokens.find(record.digest);
  expect(database.tokens.isCurrent(record)).toBe(true);
  await database.change('default', ({ tokens }) => tokens.revoke(record));
  expect(database.tokens.isCurrent(record)).toBe(false);
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

test('what differs in anything that counts is no repetition', async () => {
  const body = JSON.stringify({ access_token: token });
  const headers = { ...authorizationOf(machine), 'content-type': 'application/json' };
  const url = `${gateway.url}${COMPATIBLE.introspect}`;
  for (let time = 0; time < 3; time++) expect((await post(url, headers, body)).status).toBe(200);

  expect((await post(url, { ...headers, 'content-type': 'text/plain' }, body)).status).toBe(400);
  expect((await post(url, { 'content-type': 'application/json' }, body)).status).toBe(401);
  expect((await post(url, headers, body.replace('}', ',"access_token":"x"}'))).status).toBe(400);
  expect((await post(`${gateway.url}${STANDARD.introspect}`, headers, body)).status).toBe(400);
});

test('a token request with a header that was proven before is refused as soon as the secret is replaced', async () => {
  await requestToken(gateway.url, machine);
  await admin.run(RegenerateSecretDocument, { id: machine.connectionId });
  expect((await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine))).status).toBe(401);
});
