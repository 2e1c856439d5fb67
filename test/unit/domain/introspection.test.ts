import { expect, test } from 'vitest';
import type { Client } from '../../../src/domain/connections/connection.js';
import { userOf } from '../../../src/domain/principal.js';
import { generateSecret } from '../../../src/lib/secrets.js';
import {
  accepted,
  createConnection,
  errorCodeOf,
  FOREIGN_SUPER_ADMIN,
  openServices,
  SUPER_ADMIN,
  type TestServices,
  unknownSecret,
} from '../../support/services.js';

const DAY_MS = 86_400_000;

async function openWithToken() {
  const services = await openServices();
  const client = await createConnection(services);
  const issued = await services.tokens.issue(client.connection);
  return { ...services, ...client, ...issued, text: issued.accessToken.reveal() };
}

function introspect(services: TestServices, text: string, organizationId = 'default') {
  return services.machines.introspect(userOf('ADMIN', 'tester', organizationId), text, 'counted');
}

test('a live token is active, with its client, its connection and its times', async () => {
  await using opened = await openWithToken();
  const { clientId, connection, clock, text, token } = opened;
  clock.advance(DAY_MS - 1);
  expect(await introspect(opened, text)).toEqual({ active: true, token });
  expect(token).toMatchObject({
    clientId,
    connectionId: connection.id,
    issuedAt: clock.now() - DAY_MS + 1,
    expiresAt: clock.now() + 1,
  });
});

test('memory proves a token to its own organisation alone', async () => {
  await using opened = await openWithToken();
  const { machines, text, token } = opened;
  for (const organizationId of ['default', 'other']) await introspect(opened, text, organizationId);

  expect(machines.recall('default', text)).toEqual({ token, digests: [token.digest] });
  expect(machines.recall('other', text)).toBeUndefined();
});

test('what is not a live token of the caller’s organisation is inactive, and nothing more is said', async () => {
  await using opened = await openWithToken();
  const { tokens, connections, clock } = opened;
  const foreign = await createConnection(opened, 'OAUTH', FOREIGN_SUPER_ADMIN);
  const issueTo = async (created: typeof foreign) => (await tokens.issue(created.connection)).accessToken;
  const expired = opened.text;
  clock.advance(DAY_MS);
  const revoked = await issueTo(opened);
  await tokens.revoke(SUPER_ADMIN, revoked);
  const [disabled, deleted] = [await createConnection(opened), await createConnection(opened)];
  const ofDisabled = await issueTo(disabled);
  accepted(await connections.disable(SUPER_ADMIN, disabled.connection.id));
  const ofDeleted = await issueTo(deleted);
  accepted(await connections.delete(SUPER_ADMIN, deleted.connection.id));
  const key = await createConnection(opened, 'ACCESS_KEY');
  const live = (await issueTo(opened)).reveal();

  const presented = [
    expired,
    revoked.reveal(),
    ofDisabled.reveal(),
    ofDeleted.reveal(),
    (await issueTo(foreign)).reveal(),
    generateSecret('accessToken').reveal(),
    unknownSecret().reveal(),
    key.secret.reveal(),
    opened.secret.reveal(),
    opened.clientId,
    `${live} `,
    live.toUpperCase(),
    live.slice(0, -1),
    '',
    '\u0000',
    'x'.repeat(100_000),
  ];
  const answers = await Promise.all(presented.map((text) => introspect(opened, text)));

  for (const answer of answers) expect(JSON.stringify(answer)).toBe('{"active":false}');
  expect(await introspect(opened, live)).toMatchObject({ active: true });
});

test('a token is active for its own organisation and no other', async () => {
  await using opened = await openWithToken();
  expect(await introspect(opened, opened.text, 'other')).toEqual({ active: false });
  // Nobody is proven for an organisation that there is not.
  for (const unknown of ['', 'DEFAULT']) {
    expect(await errorCodeOf(introspect(opened, opened.text, unknown))).toBe('INTERNAL');
  }
});

test('an introspection counts as a use of the token; one that says no, or of another organisation, does not', async () => {
  await using opened = await openWithToken();
  const { connection, connections, clock, text, usage } = opened;
  const lastUseOf = async () => {
    await usage.flush();
    const { entries } = await opened.tokens.listLive(connection, { first: 1, after: undefined });
    return [entries[0]?.node.lastUsedAt, (await connections.list(SUPER_ADMIN.organizationId))[0]?.lastUsedAt];
  };

  await introspect(opened, text, 'other');
  expect(await lastUseOf()).toEqual([undefined, undefined]);
  clock.advance(1000);
  await introspect(opened, text);
  expect(await lastUseOf()).toEqual([clock.now(), clock.now()]);
});

test('a token is judged by the state that its connection has at that moment', async () => {
  await using opened = await openWithToken();
  const { connection, connections, secrets, text } = opened;

  accepted(await connections.rename(SUPER_ADMIN, connection.id, 'renamed'));
  accepted(await secrets.regenerate(SUPER_ADMIN, connection.id, 0));
  expect(await introspect(opened, text)).toMatchObject({ active: true });

  accepted(await secrets.resetAfterLeak(SUPER_ADMIN, connection.id));
  expect(await introspect(opened, text)).toEqual({ active: false });
});

test('a token that was refused because its connection was disabled stays dead once it is enabled', async () => {
  await using opened = await openWithToken();
  const { connection, connections, text } = opened;
  accepted(await connections.disable(SUPER_ADMIN, connection.id));
  const enabled = accepted(await connections.enable(SUPER_ADMIN, connection.id));

  expect(await introspect(opened, text)).toEqual({ active: false });
  const { accessToken } = await opened.tokens.issue(enabled as Client);
  expect(await introspect(opened, accessToken.reveal())).toMatchObject({ active: true });
});

test('a token that was issued to a connection as it was before it changed is dead from the start', async () => {
  await using opened = await openWithToken();
  accepted(await opened.connections.revokeTokens(SUPER_ADMIN, opened.connection.id));

  const { accessToken } = await opened.tokens.issue(opened.connection);

  expect(await introspect(opened, accessToken.reveal())).toEqual({ active: false });
});
