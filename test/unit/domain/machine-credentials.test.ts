import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secrets.js';
import { connectionRecord, secretRecord } from '../../support/records.js';
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

function withKey(services: TestServices, secret: Secret): Promise<string> {
  return errorCodeOf(services.credentials.authenticateAccessKey(secret));
}

function withToken(services: TestServices, token: Secret): Promise<string> {
  return errorCodeOf(services.credentials.authenticateAccessToken(token));
}

describe('an access key', () => {
  test('proves its own connection, in whichever organisation', async () => {
    await using services = await openServices();
    for (const principal of [SUPER_ADMIN, FOREIGN_SUPER_ADMIN]) {
      const { connection, secret } = await createConnection(services, 'ACCESS_KEY', principal);
      expect(await services.credentials.authenticateAccessKey(secret)).toEqual(connection);
    }
  });

  test('that is malformed, unknown or of another kind is refused', async () => {
    await using services = await openServices();
    const { secret } = await createConnection(services, 'ACCESS_KEY');
    const client = await createConnection(services);
    const text = secret.reveal();
    for (const wrong of [
      '',
      'lkak_',
      text.slice(0, -1),
      `${text} `,
      text.toUpperCase(),
      client.secret.reveal(),
      client.clientId,
      unknownSecret('ACCESS_KEY').reveal(),
    ]) {
      expect([wrong, await withKey(services, new Secret(wrong))]).toEqual([wrong, 'INVALID_TOKEN']);
    }
  });

  test('of a disabled connection is refused, and accepted again once it is enabled', async () => {
    await using services = await openServices();
    const { connection, secret } = await createConnection(services, 'ACCESS_KEY');
    accepted(await services.connections.disable(SUPER_ADMIN, connection.id));
    expect(await withKey(services, secret)).toBe('INVALID_TOKEN');
    accepted(await services.connections.enable(SUPER_ADMIN, connection.id));
    expect(await withKey(services, secret)).toBe('no error');
  });

  test('that was replaced or whose connection was deleted is refused', async () => {
    await using services = await openServices();
    const { connection, secret } = await createConnection(services, 'ACCESS_KEY');
    const regenerated = accepted(await services.secrets.regenerate(SUPER_ADMIN, connection.id, 0)).secret;
    expect(await withKey(services, secret)).toBe('INVALID_TOKEN');
    expect(await withKey(services, regenerated ?? secret)).toBe('no error');
    accepted(await services.connections.delete(SUPER_ADMIN, connection.id));
    expect(await withKey(services, regenerated ?? secret)).toBe('INVALID_TOKEN');
  });

  test('that retires is accepted until it expires, as the current one is, and each use is noted apart', async () => {
    await using services = await openServices();
    const { clock, keyRing } = services;
    const [current, retiring] = [unknownSecret('ACCESS_KEY'), unknownSecret('ACCESS_KEY')];
    const digest = (secret: Secret) => keyRing.digest('access-key-digest', secret.reveal());
    const connection = connectionRecord({
      authenticationType: 'ACCESS_KEY',
      secrets: [
        secretRecord({ digest: digest(current), createdAt: 2 }),
        secretRecord({ digest: digest(retiring), createdAt: 1, state: 'RETIRING', expiresAt: clock.now() + 1000 }),
      ],
    });
    await services.database.change('default', ({ connections }) => connections.insert(connection));

    clock.advance(999);
    expect([await withKey(services, current), await withKey(services, retiring)]).toEqual(['no error', 'no error']);
    const usedAt = clock.now();
    clock.advance(1);
    expect([await withKey(services, current), await withKey(services, retiring)]).toEqual([
      'no error',
      'INVALID_TOKEN',
    ]);
    const [kept] = await services.connections.list(SUPER_ADMIN.organizationId);
    expect(kept?.secrets.map(({ lastUsedAt }) => lastUsedAt)).toEqual([usedAt + 1, usedAt]);
    expect(kept?.lastUsedAt).toBe(usedAt + 1);
  });
});

describe('an access token', () => {
  test('proves its connection for 24 hours, and its use is noted', async () => {
    await using services = await openServices();
    const { connection, clientId } = await createConnection(services);
    const { accessToken, token } = await services.tokens.issue(connection);
    services.clock.advance(DAY_MS - 1);

    const live = await services.credentials.authenticateAccessToken(accessToken);

    expect(live).toEqual({ ...token, clientId });
    await services.usage.flush();
    const { entries } = await services.tokens.listLive(connection, { first: 1, after: undefined });
    expect(entries[0]?.node.lastUsedAt).toBe(services.clock.now());
    const [used] = await services.connections.list(SUPER_ADMIN.organizationId);
    expect(used?.lastUsedAt).toBe(services.clock.now());
    // A token was used, not the secret that got it.
    expect(used?.secrets[0]?.lastUsedAt).toBeUndefined();
    services.clock.advance(1);
    expect(await withToken(services, accessToken)).toBe('INVALID_TOKEN');
  });

  test('that is malformed, unknown or of another kind is refused', async () => {
    await using services = await openServices();
    const { connection, secret } = await createConnection(services);
    const { accessToken } = await services.tokens.issue(connection);
    for (const wrong of [new Secret(''), new Secret(`${accessToken.reveal()}0`), secret, unknownSecret()]) {
      expect(await withToken(services, wrong)).toBe('INVALID_TOKEN');
    }
  });
});
