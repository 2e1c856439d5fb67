import { describe, expect, test } from 'vitest';
import { createAuthenticate } from '../../../src/domain/credentials/authenticate.js';
import { OrganizationDirectory } from '../../../src/domain/organizations/organization.directory.js';
import type { PresentedCredentials } from '../../../src/domain/principal.js';
import { AdminTokens } from '../../../src/domain/sign-in/admin-tokens.js';
import { SignInLinks } from '../../../src/domain/sign-in/sign-in.service.js';
import {
  createConnection,
  errorCodeOf,
  FOREIGN_SUPER_ADMIN,
  openServices,
  SUPER_ADMIN,
} from '../../support/services.js';

const HOUR_MS = 3_600_000;

async function openAuthentication(...organizationIds: string[]) {
  const services = await openServices();
  const bearers = new AdminTokens(services.keyRing, services.clock);
  const configured = organizationIds.length === 0 ? ['default', 'other'] : organizationIds;
  const organizations = new OrganizationDirectory(configured.map((id) => ({ id, issuer: 'LOCAL' })));
  const authenticate = createAuthenticate(services.credentials, bearers, organizations);
  const present = (presented: Partial<PresentedCredentials>) =>
    authenticate({ authorization: undefined, accessKey: undefined, ...presented });
  const bearerOf = (role: 'ADMIN' | 'SUPER_ADMIN', organizationId = 'default') =>
    bearers.issue({ subject: 'someone', role, organizationId, lifetimeMs: HOUR_MS }).reveal();
  return { ...services, present, bearerOf };
}

describe('who calls', () => {
  test('nobody in particular, where nothing is presented', async () => {
    await using opened = await openAuthentication();
    expect(await opened.present({})).toBeUndefined();
  });

  test.each(['ADMIN', 'SUPER_ADMIN'] as const)('the user of an admin bearer with the role %s', async (role) => {
    await using opened = await openAuthentication();
    const principal = await opened.present({ authorization: `Bearer ${opened.bearerOf(role, 'other')}` });
    expect(principal).toMatchObject({ subject: 'someone', role, organizationId: 'other' });
  });

  test('the machine of an access token, by its client id', async () => {
    await using opened = await openAuthentication();
    const { connection, clientId } = await createConnection(opened, 'OAUTH', FOREIGN_SUPER_ADMIN);
    const { accessToken } = await opened.tokens.issue(connection);

    const principal = await opened.present({ authorization: `Bearer ${accessToken.reveal()}` });

    expect(principal).toEqual({
      role: 'MACHINE',
      connectionId: connection.id,
      clientId,
      organizationId: 'other',
      scopes: ['m2m:introspect'],
      credential: 'access token',
      allowedCidrs: [],
    });
  });

  test('the machine of an access key, by its connection’s id', async () => {
    await using opened = await openAuthentication();
    const { connection, secret } = await createConnection(opened, 'ACCESS_KEY');

    const principal = await opened.present({ accessKey: secret.reveal() });

    expect(principal).toMatchObject({
      role: 'MACHINE',
      connectionId: connection.id,
      clientId: undefined,
      organizationId: 'default',
      credential: 'access key',
    });
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR', 'Bearer  '])(
    'a bearer behind the scheme as "%s"',
    async (scheme) => {
      await using opened = await openAuthentication();
      const authorization = `${scheme} ${opened.bearerOf('ADMIN')}`;
      expect(await opened.present({ authorization })).toMatchObject({ subject: 'someone' });
    },
  );
});

describe('refused', () => {
  test('two credentials at once, good as each may be', async () => {
    await using opened = await openAuthentication();
    const { secret } = await createConnection(opened, 'ACCESS_KEY');
    const authorization = `Bearer ${opened.bearerOf('ADMIN')}`;
    expect(await errorCodeOf(opened.present({ authorization, accessKey: secret.reveal() }))).toBe('INVALID_REQUEST');
    expect(await errorCodeOf(opened.present({ authorization: '', accessKey: '' }))).toBe('INVALID_REQUEST');
  });

  test('an Authorization header that is no bearer', async () => {
    await using opened = await openAuthentication();
    const bearer = opened.bearerOf('ADMIN');
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      bearer,
      `Basic ${bearer}`,
      `Bearer ${bearer} ${bearer}`,
      `Bearer ${bearer},`,
      `Bearer "${bearer}"`,
      ` Bearer ${bearer}`,
      `Bearer\t${bearer}`,
      `Bearer ${bearer}\n`,
      `Bearer é`,
    ]) {
      expect([authorization, await errorCodeOf(opened.present({ authorization }))]).toEqual([
        authorization,
        'INVALID_TOKEN',
      ]);
    }
  });

  test('a credential in the place of another kind', async () => {
    await using opened = await openAuthentication();
    const { connection, secret: clientSecret } = await createConnection(opened);
    const { secret: accessKey } = await createConnection(opened, 'ACCESS_KEY');
    const { accessToken } = await opened.tokens.issue(connection);
    const link = new SignInLinks(opened.keyRing, opened.clock).create('', 'default').reveal();
    const [, signInCode = ''] = link.split('code=');

    for (const bearer of [clientSecret.reveal(), accessKey.reveal(), signInCode, connection.clientId]) {
      expect(await errorCodeOf(opened.present({ authorization: `Bearer ${bearer}` }))).toBe('INVALID_TOKEN');
    }
    for (const key of [clientSecret, accessToken].map((secret) => secret.reveal()).concat(opened.bearerOf('ADMIN'))) {
      expect(await errorCodeOf(opened.present({ accessKey: key }))).toBe('INVALID_TOKEN');
    }
  });

  test('an admin bearer that has expired', async () => {
    await using opened = await openAuthentication();
    const authorization = `Bearer ${opened.bearerOf('SUPER_ADMIN')}`;
    opened.clock.advance(HOUR_MS);
    expect(await errorCodeOf(opened.present({ authorization }))).toBe('INVALID_TOKEN');
  });

  test('every good credential of an organisation that is no longer configured', async () => {
    await using opened = await openAuthentication('other');
    const { connection } = await createConnection(opened, 'OAUTH', SUPER_ADMIN);
    const { secret } = await createConnection(opened, 'ACCESS_KEY', SUPER_ADMIN);
    const { accessToken } = await opened.tokens.issue(connection);

    for (const presented of [
      { accessKey: secret.reveal() },
      { authorization: `Bearer ${accessToken.reveal()}` },
      { authorization: `Bearer ${opened.bearerOf('SUPER_ADMIN', 'default')}` },
    ]) {
      expect(await errorCodeOf(opened.present(presented))).toBe('INVALID_TOKEN');
    }
    expect(await opened.present({ authorization: `Bearer ${opened.bearerOf('ADMIN', 'other')}` })).toBeDefined();
  });
});
