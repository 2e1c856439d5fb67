import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { TestIdentityProvider } from '../support/identity-provider.js';
import { StoppedClock } from '../support/test-clock.js';

const SUPER_ADMIN = { role: 'super-admin', organization: 'default' };
const DISCOVERY = '/.well-known/openid-configuration';
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
const CANNOT_BE_USED = 'the identity provider cannot be used';
const REFUSED = { status: 401, codes: ['UNAUTHENTICATED'] };

describe('the keys of the identity provider', () => {
  test('are read once for many tokens, and anew when a token names a key that is not known', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const before = await provider.token(SUPER_ADMIN);
    for (let times = 0; times < 20; times++) expect(await ask(before)).toEqual(GOOD);
    expect(provider.reads).toBe(1);

    await provider.rotate();
    clock.advance(4_999);
    expect(await ask(await provider.token(SUPER_ADMIN))).toMatchObject(REFUSED);
    clock.advance(1);
    expect(await ask(await provider.token(SUPER_ADMIN))).toEqual(GOOD);
    expect(provider.reads).toBe(2);
    expect(await ask(before)).toMatchObject(REFUSED);
  });

  test('are withdrawn within five minutes, also where nobody asks with a new one', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const token = await provider.token(SUPER_ADMIN);
    await provider.rotate();
    clock.advance(5 * MINUTE_MS);
    expect(await ask(token)).toEqual(GOOD);
    clock.advance(1);
    expect(await ask(token)).toMatchObject(REFUSED);
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
    const { gateway, clock, log, ask } = await openGateway(provider);
    await using _open = gateway;
    const token = await provider.forge({
      ...(await claimsOf(provider)),
      exp: Math.floor(Date.now() / 1000) + 3 * 3600,
    });
    await provider.goDown();
    clock.advance(HOUR_MS - MINUTE_MS);
    expect(await ask(token)).toEqual(GOOD);
    expect(log.errors).toMatchObject([{ msg: CANNOT_BE_USED, detail: expect.stringContaining('ECONNREFUSED') }]);
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

  test('may be new ones while the provider is down: a token of a key that is not known gets 503', async () => {
    await using provider = await TestIdentityProvider.start();
    const { gateway, clock, ask } = await openGateway(provider);
    await using _open = gateway;
    const before = await provider.token(SUPER_ADMIN);
    await provider.rotate();
    const after = await provider.token(SUPER_ADMIN);
    await provider.goDown();
    clock.advance(5_000);
    for (let times = 0; times < 3; times++) expect(await ask(after)).toMatchObject({ status: 503 });
    expect(await ask(before)).toEqual(GOOD);
  });

  test('are not needed for the start nor by anybody else: users wait for them with 503', async () => {
    await using provider = await TestIdentityProvider.start();
    const token = await provider.token(SUPER_ADMIN);
    await provider.goDown();
    const { gateway, clock, log, ask } = await openGateway(provider);
    await using _open = gateway;
    expect(log.lines.map(({ msg }) => msg)).toContain(CANNOT_BE_USED);
    expect(log.text).not.toContain(token);
    expect(await ask(token)).toMatchObject({ status: 503 });
    expect(await ask(gateway.bearer())).toEqual(GOOD);

    await provider.listen();
    clock.advance(1_000);
    expect(await ask(token)).toEqual(GOOD);
  });
});

describe('a provider is down, and its users get 503, where it', () => {
  test.each<[what: string, answers: Record<string, Answer>, reason: string]>([
    ['answers with 500', { [DISCOVERY]: { status: 500 } }, 'it answered with 500'],
    ['leads elsewhere', { [DISCOVERY]: { status: 302, headers: { location: '/elsewhere' } } }, 'redirect'],
    ['answers with a page', { [DISCOVERY]: { text: '<html>' } }, 'JSON'],
    ['says nothing of itself', { [DISCOVERY]: { json: () => ({}) } }, 'no issuer'],
    ['says null', { [DISCOVERY]: { json: () => null } }, 'no issuer'],
    ['has its keys where anybody on the way can change them', keysAt('http://keys.example/jwks'), 'no https URL'],
    ['has its keys in a file', keysAt('file:///etc/passwd'), 'no https URL'],
    ['has no keys', keysAt(undefined), 'no https URL'],
    ['has keys of another form', { ...keysAt('/jwks'), '/jwks': { json: () => ['key'] } }, 'JSON Web Key Set'],
    ['says nothing for three seconds', { [DISCOVERY]: { hangs: true } }, 'timeout'],
  ])('%s', async (_what, answers, reason) => {
    await using other = await TestIdentityProvider.start();
    await using provider = await startOddProvider(answers);
    const log = captureLog();
    await using gateway = await startTestGateway({
      config: { identityProvider: { ...other.config(), oidc: { ...other.config().oidc, issuer: provider.issuer } } },
      logger: log.logger,
    });
    const headers = { authorization: `Bearer ${await other.token(SUPER_ADMIN)}` };
    const answer = await requestGraphql(gateway.url, { headers, body: { query: '{ viewer { id } }' } });
    expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
    expect(log.lines.find(({ msg }) => msg === CANNOT_BE_USED)?.detail).toContain(reason);
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

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly text?: string;
  readonly json?: (issuer: string) => unknown;
  readonly hangs?: boolean;
}

function keysAt(address: string | undefined): Record<string, Answer> {
  const json = (issuer: string) => ({
    issuer,
    jwks_uri: address?.startsWith('/') ? `${issuer}${address}` : address,
  });
  return { [DISCOVERY]: { json } };
}

/** A server that answers as no provider should. */
async function startOddProvider(answers: Record<string, Answer>) {
  const server = createServer((request, response) => {
    const { status = 200, headers = {}, text, json, hangs = false } = answers[request.url ?? ''] ?? { status: 404 };
    if (hangs) return;
    response.writeHead(status, headers).end(json === undefined ? text : JSON.stringify(json(issuer)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { issuer, [Symbol.asyncDispose]: close };
}
