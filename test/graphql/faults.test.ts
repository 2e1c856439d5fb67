import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { ConnectionsDocument, IntrospectTokenDocument } from '../generated/graphql.js';
import type { Caller } from '../support/callers.js';
import { captureLog } from '../support/captured-log.js';
import { startDamagedGateway } from '../support/damaged-gateway.js';
import { limitFileSizes } from '../support/file-sizes.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { createMachine, requestToken } from '../support/machine.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const FIXED = 'Something went wrong. Quote the request id when you ask for help.';

/** Damage to the database, each met in another place: a statement, a row, a value, the proof of who calls. */
const FAULTS: readonly (readonly [what: string, damage: string, caller: Caller, query: string])[] = [
  ['a table is gone', 'drop table audit_events', 'ADMIN', '{ auditEvents { edges { cursor } } }'],
  ['a record is unreadable', "update connections set allowed_cidrs = '{'", 'ADMIN', '{ connections { id } }'],
  [
    'a value is none of its type',
    "update connections set connector = 'GONE'",
    'ADMIN',
    '{ connections { connector } }',
  ],
  [
    'a value is missing',
    'alter table connection_secrets rename column created_at to gone',
    'ADMIN',
    '{ connections { secrets { id } } }',
  ],
  [
    'a record of an entity is unreadable',
    "update connections set allowed_cidrs = '{'",
    'ADMIN',
    '{ _entities(representations: [{ __typename: "OAuthConnection", id: "$connectionId" }]) { __typename } }',
  ],
  [
    'a change cannot be recorded',
    'drop table audit_events',
    'SUPER_ADMIN',
    'mutation { createConnection(input: { name: "x", authenticationType: OAUTH }) { __typename } }',
  ],
  ['the tokens are gone', 'drop table access_tokens', 'MACHINE by access token', '{ viewer { id } }'],
  [
    'the secrets are gone',
    'alter table connection_secrets rename column created_at to gone',
    'MACHINE by access key',
    '{ viewer { id } }',
  ],
];

describe('a fault of ours is one fixed message with the id under which it is logged', () => {
  test.each(FAULTS)('%s', async (_what, damage, caller, query) => {
    const log = captureLog();
    await using damaged = await startDamagedGateway(log.logger, damage);
    const { gateway, callers } = damaged;
    const answer = await requestGraphql(gateway.url, {
      headers: callers.headers[caller],
      body: { query: query.replace('$connectionId', callers.oauth.connectionId) },
    });
    const requestId = answer.headers.get('x-request-id');

    expect(answer.errors.length).toBeGreaterThan(0);
    for (const { message, extensions } of answer.errors) {
      expect([message, extensions]).toEqual([FIXED, { code: 'INTERNAL_SERVER_ERROR', requestId }]);
    }
    expect(answer.text).not.toMatch(/sqlite|JSON|table|no such|GONE|\.js|\.ts|at /i);
    const [line] = log.errors;
    expect(line).toMatchObject({ requestId, code: 'INTERNAL' });
    // For operators the log has what the answer keeps back.
    expect(line?.detail).toMatch(/no such table|no such column|JSON|GONE/);
    // The process lives, and what does not need the damaged part works.
    expect((await requestGraphql(gateway.url, { body: { query: '{ __typename }' } })).errors).toEqual([]);
  });

  test('and what failed to be recorded was not done', async () => {
    await using damaged = await startDamagedGateway(captureLog().logger, 'drop table audit_events');
    const { gateway, callers } = damaged;
    const ask = (query: string) =>
      requestGraphql(gateway.url, { headers: callers.headers.SUPER_ADMIN, body: { query } });
    const before = await ask('{ connections { id name status secrets { id } } }');

    for (const change of [
      'createConnection(input: { name: "x", authenticationType: OAUTH })',
      `deleteConnection(id: "${callers.oauth.connectionId}")`,
      `disableConnection(id: "${callers.oauth.connectionId}")`,
      `resetAfterLeak(id: "${callers.oauth.connectionId}")`,
      `issueToken(connectionId: "${callers.oauth.connectionId}")`,
      `revokeToken(token: "${callers.token}")`,
    ]) {
      expect(codesOf(await ask(`mutation { ${change} { __typename } }`)), change).toEqual(['INTERNAL_SERVER_ERROR']);
    }
    expect((await ask('{ connections { id name status secrets { id } } }')).text).toBe(before.text);
    const { data } = await ask(`{ introspectToken(token: "${callers.token}") { active } }`);
    expect(data).toEqual({ introspectToken: { active: true } });
  });
});

const TRIED_EVERY_MS = 1_000;

test('a disk that is full is SERVICE_UNAVAILABLE and unready: nothing was done, reading goes on, and so does writing when there is room', async () => {
  await using directory = await createTemporaryDirectory();
  const keys = KeyRing.generate();
  const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_KEYS: keys };
  await using gateway = await spawnGateway({ env });
  const bearer = new AdminTokens(KeyRing.parse(keys), systemClock)
    .issue({ subject: 'tester', role: 'SUPER_ADMIN', organizationId: 'default', lifetimeMs: 3_600_000 })
    .reveal();
  const headers = { authorization: `Bearer ${bearer}` };
  const client = createGraphqlClient(gateway.url, headers);
  const token = await requestToken(gateway.url, await createMachine(client, 'OAUTH', 'before'));
  // Shows the connections, and so writes down what was used until now.
  await client.run(ConnectionsDocument, {});
  const create = 'mutation { createConnection(input: { name: "full", authenticationType: OAUTH }) { __typename } }';

  limitFileSizes(gateway.pid, 4096);
  const refused = await requestGraphql(gateway.url, { headers, body: { query: create } });
  expect(refused.errors).toMatchObject([
    { message: 'A dependency is down. Try again in a moment.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
  ]);
  const listed = await requestGraphql(gateway.url, { headers, body: { query: '{ connections { name } }' } });
  expect(listed.data).toEqual({ connections: [{ name: 'before' }] });
  const { introspectToken } = await client.run(IntrospectTokenDocument, { token });
  expect(introspectToken.active).toBe(true);
  const isReady = async () => (await fetch(`${gateway.url}/readyz`)).ok;
  // The gateway tries each second: it stays unready while there is no room.
  for (const until = performance.now() + 3 * TRIED_EVERY_MS; performance.now() < until; ) {
    expect(await isReady()).toBe(false);
    await setTimeout(100);
  }

  limitFileSizes(gateway.pid, 'unlimited');
  // Nobody else asks for anything meanwhile: the gateway finds out by itself.
  await until('the gateway is ready', isReady);
  const made = await requestGraphql(gateway.url, { headers, body: { query: create } });
  expect([made.data, made.errors]).toEqual([{ createConnection: { __typename: 'ConnectionCreated' } }, []]);
  gateway.kill('SIGTERM');
  const { code, stderr } = await gateway.ended;
  expect(code).toBe(0);
  expect(stderr).toContain(refused.headers.get('x-request-id'));
});
