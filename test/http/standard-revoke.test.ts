import { afterAll, expect, test } from 'vitest';
import { AuditEventsDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { exchange } from '../support/raw-http.js';
import {
  type Answer,
  authorizationOf,
  expectOAuthFailure,
  JSON_TYPE,
  jsonOf,
  postForm,
  STANDARD,
  withoutRequestId,
} from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const sibling = await createMachine(gateway.client());
const stranger = await createMachine(
  gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` }),
);
const revokeUrl = `${gateway.url}${STANDARD.revoke}`;

function revoke(caller: MachineCredentials, token: string): Promise<Answer> {
  return postForm(revokeUrl, { token }, authorizationOf(caller));
}

async function revocations(): Promise<{ actor: string; target: string | null }[]> {
  const { auditEvents } = await gateway.client().run(AuditEventsDocument, { first: 100 });
  return auditEvents.edges
    .filter(({ node }) => node.action === 'token.revoked')
    .map(({ node: { actor, target } }) => ({ actor, target }));
}

test('a token that its client revokes is inactive at once, and refused as a bearer', async () => {
  const token = await requestToken(gateway.url, machine);
  const bystander = await requestToken(gateway.url, machine);
  const answer = await revoke(machine, token);
  expect([answer.status, answer.text]).toEqual([200, '{}']);
  expect(answer.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(await isActive(gateway.url, sibling, token)).toBe(false);
  const asMachine = gateway.client({ authorization: `Bearer ${token}` });
  expect((await asMachine.send('{ viewer { id } }')).status).toBe(401);
  expect(await isActive(gateway.url, machine, bystander)).toBe(true);
});

test('a client that puts its secret into the form may revoke too', async () => {
  const token = await requestToken(gateway.url, machine);
  const { clientId: client_id, secret: client_secret } = machine;
  expect((await postForm(revokeUrl, { token, client_id, client_secret })).status).toBe(200);
  expect(await isActive(gateway.url, machine, token)).toBe(false);
});

test('the answer for a token that the client may not introspect is the same 200 as for its own', async () => {
  const own = await requestToken(gateway.url, machine);
  const revoked = await requestToken(gateway.url, machine);
  const foreign = await requestToken(gateway.url, stranger);
  await revoke(machine, revoked);
  const before = await revocations();
  const tokens = ['unknown', `lkat_${'0'.repeat(49)}`, 'ключ', revoked, foreign, machine.secret];
  const expected = withoutRequestId(await revoke(machine, own));
  expect(expected).toMatchObject({ status: 200, body: '{}' });
  for (const token of tokens) expect(withoutRequestId(await revoke(machine, token))).toEqual(expected);

  expect(await isActive(gateway.url, stranger, foreign)).toBe(true);
  // One event for the one token that was revoked, none for the others.
  expect((await revocations()).length - before.length).toBe(1);
});

test('a client that revokes a live token of another client of its organisation is told that it lives on', async () => {
  const token = await requestToken(gateway.url, sibling);
  const before = await revocations();
  const answer = await revoke(machine, token);
  expectOAuthFailure(answer, 400, 'unauthorized_client');
  expect(jsonOf(answer).error_description).toMatch(/another client/);
  expect(await isActive(gateway.url, machine, token)).toBe(true);
  expect(await revocations()).toEqual(before);

  await revoke(sibling, token);
  expect([(await revoke(machine, token)).status, await isActive(gateway.url, machine, token)]).toEqual([200, false]);
});

test('a revocation is in the audit log, with the client as its actor and without the token', async () => {
  const token = await requestToken(gateway.url, machine);
  await revoke(machine, token);
  const { auditEvents } = await gateway.client().run(AuditEventsDocument, { first: 1 });
  expect(auditEvents.edges.map(({ node }) => node)).toEqual([
    expect.objectContaining({
      actor: `machine:${machine.clientId}`,
      action: 'token.revoked',
      target: expect.stringMatching(/^tok_/),
      outcome: 'success',
    }),
  ]);
  expect(JSON.stringify(auditEvents)).not.toContain(token);
});

test('revoking the same token many times at once revokes it once', async () => {
  const token = await requestToken(gateway.url, machine);
  const before = await revocations();
  const body = `token=${token}`;
  const { authorization } = authorizationOf(machine);
  const request = (connection: string) =>
    `POST ${STANDARD.revoke} HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\nauthorization: ${authorization}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  // In one packet, so that all of them look before any of them has revoked.
  const packet = request('keep-alive').repeat(19) + request('close');
  const text = (await exchange(gateway.url, Buffer.from(packet))).toString();
  expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(Array(20).fill('HTTP/1.1 200'));
  expect(await isActive(gateway.url, machine, token)).toBe(false);
  expect((await revocations()).length - before.length).toBe(1);
});

test.each(['access_token', 'refresh_token', 'nonsense'])('the hint %s changes nothing', async (hint) => {
  const token = await requestToken(gateway.url, machine);
  const answer = await postForm(revokeUrl, { token, token_type_hint: hint }, authorizationOf(machine));
  expect(answer.status).toBe(200);
  expect(await isActive(gateway.url, machine, token)).toBe(false);
});

test('a request without a token is a bad request', async () => {
  for (const parameters of ['', 'token=', 'access_token=x']) {
    expectOAuthFailure(await postForm(revokeUrl, parameters, authorizationOf(machine)), 400, 'invalid_request');
  }
});

test('a client that does not prove itself revokes nothing', async () => {
  const token = await requestToken(gateway.url, machine);
  const refused: Record<string, string>[] = [
    {},
    { authorization: basic(machine.clientId, 'wrong') },
    { authorization: basic('lkid_unknown', machine.secret) },
    { authorization: `Bearer ${token}` },
  ];
  for (const headers of refused) {
    const answer = await postForm(revokeUrl, { token }, headers);
    expectOAuthFailure(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
  }
  expect(await isActive(gateway.url, machine, token)).toBe(true);
});
