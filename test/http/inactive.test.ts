import { expect, test } from 'vitest';
import { generateSecret } from '../../src/lib/secrets.js';
import {
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IntrospectTokenDocument,
  IntrospectTokensDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { type Answer, authorizationOf, introspect, postForm, STANDARD, withoutRequestId } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const DAY_MS = 86_400_000;

/** Another last character of the checksum: nothing but the check is wrong. */
function withWrongChecksum(token: string): string {
  return token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
}

/** A token for each reason to be inactive. */
async function makeInactiveTokens(gateway: TestGateway, clock: TestClock): Promise<Record<string, string>> {
  const machineOfDefault = await createMachine(gateway.client());
  const expired = await requestToken(gateway.url, machineOfDefault);
  // To the millisecond: a token that ends now has ended.
  clock.advance(DAY_MS);
  const superAdmin = gateway.client();
  const made = async (spoil: (machine: MachineCredentials, token: string) => Promise<unknown>) => {
    const machine = await createMachine(superAdmin);
    const token = await requestToken(gateway.url, machine);
    await spoil(machine, token);
    return token;
  };
  const other = gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` });
  const live = await requestToken(gateway.url, machineOfDefault);
  return {
    expired,
    revoked: await made((_machine, token) => superAdmin.run(RevokeTokenDocument, { token })),
    'revoked with all of its connection': await made(({ connectionId }) =>
      superAdmin.run(RevokeTokensDocument, { connectionId }),
    ),
    'reset after a leak': await made(({ connectionId: id }) => superAdmin.run(ResetAfterLeakDocument, { id })),
    "a disabled connection's": await made(({ connectionId: id }) => superAdmin.run(DisableConnectionDocument, { id })),
    "a connection's that was disabled and enabled again": await made(async ({ connectionId: id }) => {
      await superAdmin.run(DisableConnectionDocument, { id });
      await superAdmin.run(EnableConnectionDocument, { id });
    }),
    "a deleted connection's": await made(({ connectionId: id }) => superAdmin.run(DeleteConnectionDocument, { id })),
    "another organisation's": await requestToken(gateway.url, await createMachine(other)),
    unknown: generateSecret('accessToken').reveal(),
    'an access key': generateSecret('accessKey').reveal(),
    'with a wrong checksum': withWrongChecksum(live),
    'with a character more': `${live}0`,
    'with a space before it': ` ${live}`,
    'in another letter case': live.toUpperCase(),
    'with its scheme': `Bearer ${live}`,
    "the client's secret": machineOfDefault.secret,
    "the client's id": machineOfDefault.clientId,
    "an admin's bearer": gateway.bearer(),
    'another kind of token': 'eyJhbGciOiJub25lIn0.e30.',
    'one character': 'x',
    'not ASCII': 'lkat_ключ🔑',
    'with a null character': `${live}\u0000`,
    'ten thousand characters': 'lkat_'.padEnd(10_000, 'a'),
  };
}

/** Asks for each token and gives back the different answers, with the reasons that got them. */
async function distinctAnswers(
  tokens: Record<string, string>,
  ask: (token: string) => Promise<Answer>,
): Promise<[reasons: string[], answer: object][]> {
  const answers = new Map<string, { reasons: string[]; answer: object }>();
  for (const [reason, token] of Object.entries(tokens)) {
    const answer = withoutRequestId(await ask(token));
    const group = answers.get(JSON.stringify(answer)) ?? { reasons: [], answer };
    answers.set(JSON.stringify(answer), { ...group, reasons: [...group.reasons, reason] });
  }
  return Array.from(answers.values(), ({ reasons, answer }) => [reasons, answer]);
}

test('whatever is wrong with a token, its introspection is the same answer to the byte, everywhere', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const tokens = await makeInactiveTokens(gateway, clock);
  const reasons = Object.keys(tokens);
  const machine = await createMachine(gateway.client());
  const inactive = expect.objectContaining({ status: 200, body: '{"active":false}' });

  expect(await distinctAnswers(tokens, (token) => introspect(gateway.url, machine, { access_token: token }))).toEqual([
    [reasons, inactive],
  ]);
  expect(
    await distinctAnswers(tokens, (token) =>
      postForm(`${gateway.url}${STANDARD.introspect}`, { token }, authorizationOf(machine)),
    ),
  ).toEqual([[reasons, inactive]]);

  const asMachine = gateway.client({ authorization: `Bearer ${await requestToken(gateway.url, machine)}` });
  const inactiveObject = { active: false, clientId: null, tokenType: null, issuedAt: null, expiresAt: null };
  for (const token of Object.values(tokens)) {
    const { introspectToken } = await asMachine.run(IntrospectTokenDocument, { token });
    expect(introspectToken).toEqual(inactiveObject);
  }
  const { introspectTokens } = await asMachine.run(IntrospectTokensDocument, { tokens: Object.values(tokens) });
  expect(introspectTokens).toEqual(reasons.map(() => ({ active: false, clientId: null })));
});

test('a token is active until the millisecond in which it ends', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  const body = { access_token: token };
  clock.advance(DAY_MS - 1);
  expect((await introspect(gateway.url, machine, body)).text).toMatch(/^\{"active":true,/);
  clock.advance(1);
  expect((await introspect(gateway.url, machine, body)).text).toBe('{"active":false}');
});

test('a token whose client secret was regenerated lives on', async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client());
  const proxy = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  const { regenerateSecret } = await gateway.client().run(RegenerateSecretDocument, { id: machine.connectionId });
  expect(regenerateSecret.__typename).toBe('SecretCreated');
  expect((await introspect(gateway.url, proxy, { access_token: token })).text).toMatch(/^\{"active":true,/);
});
