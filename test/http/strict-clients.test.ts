import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, isActive } from '../support/machine.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const stranger = await createMachine(
  gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` }),
);
const issuer = new URL(gateway.url);
const BASIC_CHALLENGE = [{ scheme: 'basic', parameters: { realm: 'latchkey' } }];

/** Both libraries refuse http, which is all that a loopback address has. */
const loopback = { [oauth.allowInsecureRequests]: true };
const loopbackClient: openid.DiscoveryRequestOptions = {
  algorithm: 'oauth2',
  execute: [openid.allowInsecureRequests],
};

const AUTHENTICATIONS = [
  ['client_secret_basic', oauth.ClientSecretBasic, openid.ClientSecretBasic],
  ['client_secret_post', oauth.ClientSecretPost, openid.ClientSecretPost],
] as const;

describe.each(AUTHENTICATIONS)('oauth4webapi with %s', (_method, authenticate) => {
  const client: oauth.Client = { client_id: machine.clientId };
  const authentication = authenticate(machine.secret);
  const discover = async () =>
    oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...loopback }));

  test('discovers, gets a token, introspects it and revokes it', async () => {
    const server = await discover();
    const granted = await oauth.processClientCredentialsResponse(
      server,
      client,
      await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope: 'm2m:introspect' }, loopback),
    );
    expect(granted).toMatchObject({ token_type: 'bearer', expires_in: 86_400, scope: 'm2m:introspect' });
    const token = granted.access_token;
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authentication, token, loopback),
      );
    expect(await introspect()).toMatchObject({ active: true, client_id: machine.clientId, iss: gateway.url });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, token, loopback),
    );
    expect(await introspect()).toEqual({ active: false });
  });

  test('is told in its own typed error what a bad request lacks', async () => {
    const server = await discover();
    const ask = async (parameters: Record<string, string>) =>
      oauth.processClientCredentialsResponse(
        server,
        client,
        await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, loopback),
      );
    await expect(ask({ scope: 'everything' })).rejects.toMatchObject({
      name: 'ResponseBodyError',
      error: 'invalid_scope',
      status: 400,
    });
  });

  test('is told in its own typed error that the secret is bad', async () => {
    const server = await discover();
    const wrong = authenticate('wrong');
    const requests = [
      oauth
        .clientCredentialsGrantRequest(server, client, wrong, {}, loopback)
        .then((response) => oauth.processClientCredentialsResponse(server, client, response)),
      oauth
        .introspectionRequest(server, client, wrong, 'x', loopback)
        .then((response) => oauth.processIntrospectionResponse(server, client, response)),
      oauth
        .revocationRequest(server, client, wrong, 'x', loopback)
        .then((response) => oauth.processRevocationResponse(response)),
    ];
    for (const result of await Promise.allSettled(requests)) await expectInvalidClient(result);
  });
});

describe.each(AUTHENTICATIONS)('openid-client with %s', (_method, _oauth, authenticate) => {
  const discover = (secret: string) =>
    openid.discovery(issuer, machine.clientId, undefined, authenticate(secret), loopbackClient);

  test('discovers, gets a token, introspects it and revokes it', async () => {
    const config = await discover(machine.secret);
    expect(config.serverMetadata().issuer).toBe(gateway.url);
    const granted = await openid.clientCredentialsGrant(config, { scope: 'm2m:introspect' });
    expect(granted).toMatchObject({ token_type: 'bearer', expires_in: 86_400 });
    expect(granted.expiresIn()).toBeGreaterThan(86_000);
    const token = granted.access_token;
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true, sub: machine.clientId });
    await openid.tokenRevocation(config, token);
    expect(await openid.tokenIntrospection(config, token)).toEqual({ active: false });
    expect(await isActive(gateway.url, machine, token)).toBe(false);
  });

  test('is told nothing of a foreign token, and revokes none', async () => {
    const foreignConfig = await openid.discovery(
      issuer,
      stranger.clientId,
      undefined,
      authenticate(stranger.secret),
      loopbackClient,
    );
    const { access_token: foreign } = await openid.clientCredentialsGrant(foreignConfig);
    const config = await discover(machine.secret);
    expect(await openid.tokenIntrospection(config, foreign)).toEqual({ active: false });
    await openid.tokenRevocation(config, foreign);
    expect(await openid.tokenIntrospection(foreignConfig, foreign)).toMatchObject({ active: true });
  });

  test('is told in its own typed error that the secret is bad', async () => {
    const config = await discover('wrong');
    const requests = [
      openid.clientCredentialsGrant(config),
      openid.tokenIntrospection(config, 'x'),
      openid.tokenRevocation(config, 'x'),
    ];
    for (const result of await Promise.allSettled(requests)) await expectInvalidClient(result);
  });

  test('is told in its own typed error what a bad request lacks', async () => {
    const config = await discover(machine.secret);
    await expect(openid.clientCredentialsGrant(config, { scope: 'everything' })).rejects.toMatchObject({
      name: 'ResponseBodyError',
      error: 'invalid_scope',
      status: 400,
    });
  });
});

/** A 401 has to carry a challenge (RFC 9110 section 15.5.2), and both libraries read it before the body. */
async function expectInvalidClient(result: PromiseSettledResult<unknown>): Promise<void> {
  if (result.status !== 'rejected') throw new Error('it was granted');
  const error: unknown = result.reason;
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
  expect([error.status, error.cause]).toEqual([401, BASIC_CHALLENGE]);
  expect(await error.response.json()).toMatchObject({ error: 'invalid_client' });
}
