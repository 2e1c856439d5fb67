import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { newReplicatedPlace, serversConfigOf } from '../support/replicated-database.js';
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
import { TestClock } from '../support/test-clock.js';

const DAY_MS = 86_400_000;

/** A request that comes again word for word is answered from memory: never with what is no longer true. */

const clock = new TestClock(Date.now());
let gateway: TestGateway;
let admin: GraphqlClient;
let machine: MachineCredentials;
let token: string;

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

describe.each([
  ['on Redis', async () => serversConfigOf(await newReplicatedPlace())],
  ['embedded', async () => undefined],
])('%s', (_where, openServers) => {
  beforeAll(async () => {
    gateway = await startTestGateway({ clock, config: { servers: await openServers() } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());
  beforeEach(async () => {
    admin = gateway.client();
    machine = await createMachine(admin);
    token = await requestToken(gateway.url, machine);
  });
  // There is room for fifteen.
  afterEach(() => gateway.client().run(DeleteConnectionDocument, { id: machine.connectionId }));

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

  describe.each(ways)('an introspection of a token that is not active, repeated, %s,', (_, ask) => {
    beforeEach(() => postForm(`${gateway.url}${STANDARD.revoke}`, { token }, authorizationOf(machine)));

    test('is answered as it was the first time', async () => {
      const answers = [await ask(), await ask(), await ask(), await ask()];
      for (const answer of answers) expect(withoutRequestId(answer)).toEqual(withoutRequestId(answers[0] as Answer));
      expect(jsonOf(answers[3] as Answer)).toEqual({ active: false });
    });

    test('is answered anew once the secret was replaced', async () => {
      for (let time = 0; time < 3; time++) expect(await outcomeOf(ask)).toBe('active: false');
      await admin.run(RegenerateSecretDocument, { id: machine.connectionId });
      expect([await outcomeOf(ask), await outcomeOf(ask)]).toEqual(['401', '401']);
    });
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
});
