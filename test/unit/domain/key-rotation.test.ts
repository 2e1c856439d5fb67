import { expect, test } from 'vitest';
import { userOf } from '../../../src/domain/principal.js';
import { KeyRing } from '../../../src/lib/key-ring.js';
import {
  accepted,
  buildTestServices,
  createConnection,
  createRequest,
  errorCodeOf,
  openServices,
  SUPER_ADMIN,
  type TestServices,
} from '../../support/services.js';

const OLD_KEY = KeyRing.generate();
const NEW_KEY = KeyRing.generate();

/** The services on the same state after a restart with another ring. */
function restartedWith(services: TestServices, ring: string) {
  return { ...buildTestServices({ database: services.database, clock: services.clock, keyRing: KeyRing.parse(ring) }) };
}

async function openWithCredentials() {
  const opened = await openServices();
  const services = { ...restartedWith(opened, OLD_KEY), clock: opened.clock };
  const client = await createConnection(services);
  const key = await createConnection(services, 'ACCESS_KEY');
  const { accessToken } = await services.tokens.issue(client.connection);
  return { ...opened, ...services, client, key, accessToken };
}

test('after a new key was put in front, every credential that was made under the old one is still accepted', async () => {
  await using before = await openWithCredentials();
  const { client, key, accessToken } = before;
  const after = restartedWith(before, `${NEW_KEY},${OLD_KEY}`);

  expect(await after.credentials.authenticateClient(client.clientId, client.secret)).toMatchObject({
    client: client.connection,
  });
  expect(await after.credentials.authenticateAccessKey(key.secret)).toEqual(key.connection);
  expect(await after.credentials.authenticateAccessToken(accessToken)).toMatchObject({
    clientId: client.clientId,
  });
  expect(
    await after.machines.introspect(userOf('ADMIN', 'tester', 'default'), accessToken.reveal(), 'counted'),
  ).toMatchObject({ active: true });
});

test('a token of the old key can be revoked after the rotation', async () => {
  await using before = await openWithCredentials();
  const after = restartedWith(before, `${NEW_KEY},${OLD_KEY}`);

  await after.tokens.revoke(SUPER_ADMIN, before.accessToken);

  expect(await errorCodeOf(after.credentials.authenticateAccessToken(before.accessToken))).toBe('INVALID_TOKEN');
});

test('what is made after the rotation is made under the new key, and outlives the old one', async () => {
  await using before = await openWithCredentials();
  const between = restartedWith(before, `${NEW_KEY},${OLD_KEY}`);
  const client = await createConnection(between);
  const { accessToken } = await between.tokens.issue(before.client.connection);
  const { secret } = accepted(await between.secrets.regenerate(SUPER_ADMIN, before.key.connection.id, 0));
  const after = restartedWith(before, NEW_KEY);

  expect(await errorCodeOf(after.credentials.authenticateClient(client.clientId, client.secret))).toBe('no error');
  expect(await errorCodeOf(after.credentials.authenticateAccessToken(accessToken))).toBe('no error');
  expect(await errorCodeOf(after.credentials.authenticateAccessKey(secret ?? client.secret))).toBe('no error');
});

test('once the old key has left the ring, what was made under it is refused', async () => {
  await using before = await openWithCredentials();
  const { client, key, accessToken } = before;
  const after = restartedWith(before, NEW_KEY);

  expect(await errorCodeOf(after.credentials.authenticateClient(client.clientId, client.secret))).toBe(
    'INVALID_CLIENT',
  );
  expect(await errorCodeOf(after.credentials.authenticateAccessKey(key.secret))).toBe('INVALID_TOKEN');
  expect(await errorCodeOf(after.credentials.authenticateAccessToken(accessToken))).toBe('INVALID_TOKEN');
});

test('an idempotent create is recognised after the rotation, with the same input and with another', async () => {
  await using before = await openWithCredentials();
  const request = createRequest('once', { idempotencyKey: 'key-1' });
  const { connection } = accepted(await before.connections.create(SUPER_ADMIN, request));
  const after = restartedWith(before, `${NEW_KEY},${OLD_KEY}`);

  expect(await after.connections.create(SUPER_ADMIN, request)).toEqual({ connection, secret: undefined });
  expect(await after.connections.create(SUPER_ADMIN, { ...request, name: 'twice' })).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['idempotencyKey'],
  });
});
