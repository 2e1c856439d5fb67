import { expect, test } from 'vitest';
import type { CreateConnectionRequest } from '../../../src/domain/connections/connection.input.js';
import { sweepUsedOnce } from '../../../src/domain/database/used-once.sweep.js';
import {
  accepted,
  auditEvents,
  createRequest,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';

const REQUEST = createRequest('once', { idempotencyKey: 'key-1' });

function create(services: Services, given: Partial<CreateConnectionRequest> = {}, principal = SUPER_ADMIN) {
  return services.connections.create(principal, { ...REQUEST, ...given });
}

test('a create that is repeated under its key gives the same connection and no secret, and changes nothing', async () => {
  await using services = await openServices();
  const first = accepted(await create(services));
  services.clock.advance(1000);

  const second = accepted(await create(services));

  expect(first.secret).toBeDefined();
  expect(second).toEqual({ connection: first.connection, secret: undefined });
  expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([first.connection]);
  expect(await auditEvents(services)).toHaveLength(1);
  if (first.secret === undefined) throw new Error('no secret');
  const { clientId = '' } = first.connection;
  expect(await services.credentials.authenticateClient(clientId, first.secret)).toBeDefined();
});

test('the same input in another spelling of the name is the same input', async () => {
  await using services = await openServices();
  const { connection } = accepted(await create(services, { name: 'caf\u00e9' }));
  expect(accepted(await create(services, { name: ' cafe\u0301 ' })).connection).toEqual(connection);
});

test('of many that create under one key at once one gets the secret and all the same connection', async () => {
  await using services = await openServices();
  const made = (await Promise.all(Array.from({ length: 20 }, () => create(services)))).map(accepted);
  expect(new Set(made.map(({ connection }) => connection.id)).size).toBe(1);
  expect(made.filter(({ secret }) => secret !== undefined)).toHaveLength(1);
  expect(await auditEvents(services)).toHaveLength(1);
});

test.each([
  ['name', { name: 'twice' }],
  ['case of the name', { name: 'ONCE' }],
  ['authentication type', { authenticationType: 'ACCESS_KEY' }],
])('a key that was used with another %s is refused', async (_, given) => {
  await using services = await openServices();
  const { connection } = accepted(await create(services));
  expect(await create(services, given)).toMatchObject({ code: 'INVALID_INPUT', path: ['idempotencyKey'] });
  expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([connection]);
});

test('the connection is given as it is now', async () => {
  await using services = await openServices();
  const { connection } = accepted(await create(services));
  const renamed = accepted(await services.connections.rename(SUPER_ADMIN, connection.id, 'renamed'));
  expect(accepted(await create(services)).connection).toEqual(renamed);
});

test('a key whose connection was deleted is refused and makes no second one', async () => {
  await using services = await openServices();
  const { connection } = accepted(await create(services));
  accepted(await services.connections.delete(SUPER_ADMIN, connection.id));

  const refusal = await create(services);

  expect(refusal).toMatchObject({ code: 'INVALID_INPUT', path: ['idempotencyKey'] });
  expect((refusal as { message: string }).message).toContain('deleted');
  expect(await services.connections.list(SUPER_ADMIN.organizationId)).toEqual([]);
});

test('a key is each organisation’s own', async () => {
  await using services = await openServices();
  const own = accepted(await create(services));
  const foreign = accepted(await create(services, {}, FOREIGN_SUPER_ADMIN));
  expect(foreign.connection.id).not.toBe(own.connection.id);
  expect(foreign.secret).toBeDefined();
});

test('a create that was refused has not used its key up', async () => {
  await using services = await openServices();
  accepted(await create(services, { idempotencyKey: undefined }));
  expect(await create(services)).toMatchObject({ code: 'NAME_TAKEN' });
  expect(accepted(await create(services, { name: 'free' })).secret).toBeDefined();
});

test('creates without a key are each their own', async () => {
  await using services = await openServices();
  accepted(await create(services, { idempotencyKey: undefined }));
  expect(await create(services, { idempotencyKey: undefined })).toMatchObject({ code: 'NAME_TAKEN' });
});

test('an access key is found again by its key although the cap has no room for another', async () => {
  await using services = await openServices();
  const { connection } = accepted(await create(services, { authenticationType: 'ACCESS_KEY' }));
  expect(accepted(await create(services, { authenticationType: 'ACCESS_KEY' }))).toEqual({
    connection,
    secret: undefined,
  });
});

test('a key is remembered for a day: then it is free for another create', async () => {
  await using services = await openServices();
  const { connection } = accepted(await create(services));
  services.clock.advance(24 * 3_600_000);
  await sweepUsedOnce(services.database, services.clock);
  expect(accepted(await create(services)).connection.id).toBe(connection.id);
  services.clock.advance(1);
  await sweepUsedOnce(services.database, services.clock);
  expect(accepted(await create(services, { name: 'free' })).connection.id).not.toBe(connection.id);
});
