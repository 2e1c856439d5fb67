import { describe, expect, test } from 'vitest';
import { clientSecretMaterial } from '../../../src/domain/connections/client-secret.js';
import type { ConnectionSecret } from '../../../src/domain/connections/connection.js';
import type { DomainError } from '../../../src/domain/errors.js';
import { newId } from '../../../src/lib/ids.js';
import { Secret } from '../../../src/lib/secrets.js';
import { connectionRecord, secretRecord } from '../../support/records.js';
import {
  accepted,
  createConnection,
  errorCodeOf,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
  type TestServices,
  unknownSecret,
} from '../../support/services.js';

async function refusalOf(services: Services, clientId: string, secret: Secret): Promise<DomainError> {
  const error = await services.credentials.authenticateClient(clientId, secret).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  return error as DomainError;
}

/** Everything that an error tells, but where it was made. */
function contentOf({ name, message, code, category, detail, cause }: DomainError) {
  return { name, message, code, category, detail, cause };
}

describe('a client', () => {
  test('proves itself by its id and secret, of whichever organisation it is', async () => {
    await using services = await openServices();
    for (const principal of [SUPER_ADMIN, FOREIGN_SUPER_ADMIN]) {
      const { connection, clientId, secret } = await createConnection(services, 'OAUTH', principal);
      expect(await services.credentials.authenticateClient(clientId, secret)).toEqual({
        client: connection,
        secret: connection.secrets[0],
      });
    }
  });

  test('is refused with one answer, whatever is wrong', async () => {
    await using services = await openServices();
    const good = await createConnection(services);
    const another = await createConnection(services);
    const foreign = await createConnection(services, 'OAUTH', FOREIGN_SUPER_ADMIN);
    const disabled = await createConnection(services);
    accepted(await services.connections.disable(SUPER_ADMIN, disabled.connection.id));
    const deleted = await createConnection(services);
    accepted(await services.connections.delete(SUPER_ADMIN, deleted.connection.id));
    const regenerated = await createConnection(services);
    accepted(await services.secrets.regenerate(SUPER_ADMIN, regenerated.connection.id, 0));
    const key = await createConnection(services, 'ACCESS_KEY');

    const attempts: [string, Secret][] = [
      [good.clientId, unknownSecret()],
      [good.clientId, another.secret],
      [good.clientId, foreign.secret],
      [good.clientId, new Secret('')],
      [good.clientId, new Secret(`${good.secret.reveal()} `)],
      [good.clientId, new Secret('x'.repeat(100_000))],
      [good.clientId.toUpperCase(), good.secret],
      [newId('lkid'), good.secret],
      ['', good.secret],
      ["' or 1=1 --", good.secret],
      [disabled.clientId, disabled.secret],
      [disabled.clientId, unknownSecret()],
      [deleted.clientId, deleted.secret],
      [regenerated.clientId, regenerated.secret],
      [key.connection.id, key.secret],
    ];
    const contents = await Promise.all(
      attempts.map(async ([clientId, secret]) => contentOf(await refusalOf(services, clientId, secret))),
    );

    expect(contents[0]).toMatchObject({ code: 'INVALID_CLIENT', detail: undefined, cause: undefined });
    for (const content of contents) expect(content).toEqual(contents[0]);
  });

  test.each<[string, (services: Services, id: string) => Promise<unknown>]>([
    ['disabled', ({ connections }, id) => connections.disable(SUPER_ADMIN, id)],
    ['deleted', ({ connections }, id) => connections.delete(SUPER_ADMIN, id)],
    ['given another secret', ({ secrets }, id) => secrets.regenerate(SUPER_ADMIN, id, 0)],
    ['reset after a leak', ({ secrets }, id) => secrets.resetAfterLeak(SUPER_ADMIN, id)],
  ])('that has just proved itself is refused the moment it was %s, however many ask meanwhile', async (_, change) => {
    await using services = await openServices();
    const { connection, clientId, secret } = await createConnection(services);
    const attempt = () => errorCodeOf(services.credentials.authenticateClient(clientId, secret));
    expect(await attempt()).toBe('no error');

    const meanwhile = [attempt(), attempt()];
    const changing = change(services, connection.id);
    meanwhile.push(attempt(), attempt());
    await changing;

    expect(await Promise.all([attempt(), attempt()])).toEqual(['INVALID_CLIENT', 'INVALID_CLIENT']);
    // Whoever asked before the change resolved may be told either, but nothing else.
    for (const outcome of await Promise.all(meanwhile)) expect(['no error', 'INVALID_CLIENT']).toContain(outcome);
    expect(await attempt()).toBe('INVALID_CLIENT');
  });

  test('is accepted again once it is enabled', async () => {
    await using services = await openServices();
    const { connection, clientId, secret } = await createConnection(services);
    accepted(await services.connections.disable(SUPER_ADMIN, connection.id));
    accepted(await services.connections.enable(SUPER_ADMIN, connection.id));
    expect(await services.credentials.authenticateClient(clientId, secret)).toMatchObject({
      client: { id: connection.id },
    });
  });

  test('whose use is noted is the one that proved itself, with the secret that it used', async () => {
    await using services = await openServices();
    const [used, refused] = [await createConnection(services), await createConnection(services)];
    services.clock.advance(5000);
    await services.credentials.authenticateClient(used.clientId, used.secret);
    await refusalOf(services, refused.clientId, unknownSecret());

    const [first, second] = await services.connections.list(SUPER_ADMIN.organizationId);
    const byId = new Map([first, second].map((connection) => [connection?.id, connection]));
    const now = services.clock.now();
    expect(byId.get(used.connection.id)).toMatchObject({ lastUsedAt: now, secrets: [{ lastUsedAt: now }] });
    expect(byId.get(refused.connection.id)).toMatchObject({
      lastUsedAt: undefined,
      secrets: [{ lastUsedAt: undefined }],
    });
  });
});

describe('a client with two secrets', () => {
  const OLD = unknownSecret();
  const NEW = unknownSecret();

  /** A client with a current and a retiring secret, as a rotation with an overlap leaves it. */
  async function insertRotating(services: TestServices, retiring: Partial<ConnectionSecret>) {
    const clientId = newId('lkid');
    const digest = (secret: Secret) =>
      services.keyRing.digest('client-secret-digest', clientSecretMaterial('default', clientId, secret));
    const now = services.clock.now();
    const connection = connectionRecord({
      clientId,
      secrets: [
        secretRecord({ id: 'sec_new', digest: digest(NEW), createdAt: now }),
        secretRecord({ id: 'sec_old', digest: digest(OLD), createdAt: now - 1, state: 'RETIRING', ...retiring }),
      ],
    });
    await services.database.change('default', ({ connections }) => connections.insert(connection));
    return clientId;
  }

  test('is accepted by both until the retiring one expires, and by the current one after', async () => {
    await using services = await openServices();
    const { credentials, clock } = services;
    const clientId = await insertRotating(services, { expiresAt: clock.now() + 1000 });
    const attempt = (secret: Secret) => errorCodeOf(credentials.authenticateClient(clientId, secret));

    clock.advance(999);
    expect([await attempt(OLD), await attempt(NEW)]).toEqual(['no error', 'no error']);
    clock.advance(1);
    expect([await attempt(OLD), await attempt(NEW)]).toEqual(['INVALID_CLIENT', 'no error']);
  });

  test('has the use of each noted apart', async () => {
    await using services = await openServices();
    const { credentials, clock } = services;
    const clientId = await insertRotating(services, { expiresAt: clock.now() + 1000 });
    await credentials.authenticateClient(clientId, OLD);

    const [connection] = await services.connections.list(SUPER_ADMIN.organizationId);
    const lastUses = connection?.secrets.map(({ id, lastUsedAt }) => [id, lastUsedAt]);
    expect(lastUses).toEqual([
      ['sec_new', undefined],
      ['sec_old', clock.now()],
    ]);
  });

  test('is refused by a secret whose key has left the ring, and accepted by the other', async () => {
    await using services = await openServices();
    const clientId = await insertRotating(services, { digest: { kid: 'gone', value: 'A'.repeat(43) } });
    const attempt = (secret: Secret) => errorCodeOf(services.credentials.authenticateClient(clientId, secret));
    expect([await attempt(OLD), await attempt(NEW)]).toEqual(['INVALID_CLIENT', 'no error']);
  });
});

test('a digest that was moved to another client’s row, or its row to another organisation, fits nothing', async () => {
  await using services = await openServices();
  const { connection, secret } = await createConnection(services);
  const moved = (id: string) => connection.secrets.map((kept) => ({ ...kept, id }));
  await services.database.change('default', async ({ connections }) => {
    await connections.delete(connection);
    await connections.insert({ ...connection, clientId: 'lkid_attacker', secrets: moved('sec_1') });
  });
  expect(await errorCodeOf(services.credentials.authenticateClient('lkid_attacker', secret))).toBe('INVALID_CLIENT');

  await services.database.change('default', async ({ connections }) => {
    await connections.delete(connection);
    await connections.insert({ ...connection, organizationId: 'other', secrets: moved('sec_2') });
  });
  const { clientId = '' } = connection;
  expect(await errorCodeOf(services.credentials.authenticateClient(clientId, secret))).toBe('INVALID_CLIENT');
});
