import { describe, expect, test } from 'vitest';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { TestIdentityProvider } from '../support/identity-provider.js';
import { StoppedClock } from '../support/test-clock.js';

const SUPER_ADMIN = { role: 'super-admin', organization: 'default' };
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A gateway whose clock stands, at the time of the provider's. */
async function openGateway(provider: TestIdentityProvider) {
  const clock = new StoppedClock(Date.now());
  const log = captureLog();
  const gateway = await startTestGateway({
    config: { identityProvider: provider.config() },
    clock,
    logger: log.logger,
  });
  const ask = async (bearer: string) => {
    const answer = await requestGraphql(gateway.url, {
      headers: { authorization: `Bearer ${bearer}` },
      body: { query: '{ viewer { id } }' },
    });
    return { status: answer.status, codes: codesOf(answer), retryAfter: answer.headers.get('retry-after') };
  };
  return { gateway, clock, log, ask };
}

const GOOD = { status: 200, codes: [], retryAfter: null };
const REFUSED = { status: 401, codes: ['UNAUTHENTICATED'] };

describe('the keys of the identity provider', () => {
  test('are read once for thousands of tokens, and anew when a token names a key that is not known', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const before = await provider.token(SUPER_ADMIN);
    for (let times = 0; times < 20; times++) expect(await ask(before)).toEqual(GOOD);
    expect(provider.reads).toBe(1);

    await provider.rotate();
    clock.advance(5_000);
    expect(await ask(await provider.token(SUPER_ADMIN))).toEqual(GOOD);
    expect(provider.reads).toBe(2);
    expect(await ask(before)).toMatchObject(REFUSED);
  });

  test('are not read again for each token of a key that does not exist', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const good = await provider.token(SUPER_ADMIN);
    const forged = await provider.forge({ sub: 'alice' }, { kid: 'of-nobody' });
    clock.advance(5_000);
    for (let times = 0; times < 20; times++) expect(await ask(forged)).toMatchObject(REFUSED);
    expect(provider.reads).toBe(2);
    expect(await ask(good)).toEqual(GOOD);
  });

  test('are good for an hour while the provider is down; after it users get 503 and never 401, until it is back', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const token = await provider.forge({
      ...(await claimsOf(provider)),
      exp: Math.floor(Date.now() / 1000) + 3 * 3600,
    });
    await provider.goDown();
    clock.advance(HOUR_MS - MINUTE_MS);
    expect(await ask(token)).toEqual(GOOD);
    clock.advance(2 * MINUTE_MS);
    const down = await ask(token);
    expect(down).toMatchObject({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
    expect(Number(down.retryAfter)).toBeGreaterThan(0);

    await provider.listen();
    clock.advance(1_000);
    expect(await ask(token)).toEqual(GOOD);
    clock.advance(2 * HOUR_MS);
    expect(await ask(token)).toMatchObject(REFUSED);
  });

  test('are not needed for the start nor by anybody else: users wait for them with 503', async () => {
    await using provider = await TestIdentityProvider.start();
    const token = await provider.token(SUPER_ADMIN);
    await provider.goDown();
    const { gateway, clock, log, ask } = await openGateway(provider);
    await using _open = gateway;
    expect(log.lines.map(({ msg }) => msg)).toContain('the identity provider cannot be used yet');
    expect(await ask(token)).toMatchObject({ status: 503 });
    expect(await ask(gateway.bearer())).toEqual(GOOD);

    await provider.listen();
    clock.advance(1_000);
    expect(await ask(token)).toEqual(GOOD);
  });
});

test('a provider of another issuer than configured stops the start, in a sentence', async () => {
  await using provider = await TestIdentityProvider.start();
  const config = provider.config();
  const issuer = `${provider.issuer}/`;
  await expect(
    startTestGateway({ config: { identityProvider: { ...config, oidc: { ...config.oidc, issuer } } } }),
  ).rejects.toThrow(`LATCHKEY_OIDC_ISSUER is ${issuer}, but the provider there is "${provider.issuer}"`);
});

async function claimsOf(provider: TestIdentityProvider): Promise<Record<string, unknown>> {
  const [, payload = ''] = (await provider.token(SUPER_ADMIN)).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}
