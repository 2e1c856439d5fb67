import { expect, test } from 'vitest';
import { startApp } from '../../src/app.js';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger } from '../../src/lib/logger.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { basic, createMachine, requestToken } from '../support/machine.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

test('no credential of an organisation that the configuration no longer names is accepted', async () => {
  await using directory = await createTemporaryDirectory();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const start = (...ids: string[]) =>
    startApp({
      keyRing,
      logger: createLogger('error'),
      config: {
        host: '127.0.0.1',
        port: 0,
        publicUrl: undefined,
        dataDirectory: directory.path,
        keys: { text: undefined, file: undefined },
        servers: undefined,
        drainMs: 0,
        trustedProxies: [],
        limits: undefined,
        allowLoopbackTenants: false,
        revocationBoundMs: 200,
        rememberedTokens: 1_000,
        organizations: ids.map((id) => ({ id, issuer: 'LOCAL' as const })),
        identityProvider: undefined,
        trustedDocuments: { mode: 'off', documents: new Map(), routerSecrets: [] },
        queryPlans: true,
        sandbox: false,
        corsOrigins: [],
        logLevel: 'error',
        observation: { logsRequests: false, metrics: undefined, traces: undefined },
      },
    });
  const bearer = new AdminTokens(keyRing, systemClock)
    .issue({ subject: 'ann', role: 'SUPER_ADMIN', organizationId: 'gone', lifetimeMs: 60_000 })
    .reveal();

  const first = await start('default', 'gone');
  const admin = createGraphqlClient(first.url, { authorization: `Bearer ${bearer}` });
  const machine = await createMachine(admin);
  const accessKey = await createMachine(admin, 'ACCESS_KEY');
  const token = await requestToken(first.url, machine);
  await first.stop();

  const second = await start('default');
  try {
    const tokenRequest = await fetch(`${second.url}/v1/users/m2m/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic(machine.clientId, machine.secret) },
    });
    expect(tokenRequest.status).toBe(401);
    for (const headers of [
      { authorization: `Bearer ${bearer}` },
      { authorization: `Bearer ${token}` },
      { accesskey: accessKey.secret },
    ]) {
      const { status, errors } = await createGraphqlClient(second.url, headers as Record<string, string>).send(
        '{ viewer { id } }',
      );
      expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    }
  } finally {
    await second.stop();
  }
});
