import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { AUDIENCE, TestIdentityProvider, UNKNOWN_EXTENSION } from '../support/identity-provider.js';

const SUPER_ADMIN = { role: 'super-admin', organization: 'default' };
const VIEWER = '{ viewer { id role organization { id } } }';
const CREATE = `mutation { createConnection(input: { name: "crm", authenticationType: OAUTH }) { __typename } }`;

let provider: TestIdentityProvider;
let gateway: TestGateway;
beforeAll(async () => {
  provider = await TestIdentityProvider.start();
  gateway = await startTestGateway({ config: { identityProvider: provider.config() } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

function ask(bearer: string, query = VIEWER, at = gateway) {
  return requestGraphql(at.url, { headers: { authorization: `Bearer ${bearer}` }, body: { query } });
}

/** Claims as the provider issues them, for tokens that it would not issue. */
function claims(changed: JWTPayload = {}): JWTPayload {
  const now = Math.floor(systemClock.now() / 1000);
  return { iss: provider.issuer, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 600, ...SUPER_ADMIN, ...changed };
}

describe('a user whom the identity provider signed in', () => {
  test.each([
    ['a super admin', { role: 'super-admin' }, 'SUPER_ADMIN'],
    ['an admin', { role: 'admin' }, 'ADMIN'],
    ['a member of both groups among others', { role: ['staff', 'admin', 'super-admin'] }, 'SUPER_ADMIN'],
  ])('%s is who the token says', async (_who, role, expected) => {
    const { data } = await ask(await provider.token({ organization: 'other', ...role }));
    expect(data).toEqual({ viewer: { id: 'console', role: expected, organization: { id: 'other' } } });
  });

  test('may do what the role may, and is named in the audit log', async () => {
    const admin = await provider.token({ role: 'admin', organization: 'default' });
    expect(codesOf(await ask(admin, CREATE))).toEqual(['FORBIDDEN']);
    const superAdmin = await provider.token(SUPER_ADMIN);
    expect((await ask(superAdmin, CREATE)).data).toEqual({ createConnection: { __typename: 'ConnectionCreated' } });
    const { data } = await ask(superAdmin, '{ auditEvents(first: 1) { edges { node { actor action } } } }');
    expect(data).toEqual({
      auditEvents: { edges: [{ node: { actor: 'user:console', action: 'connection.created' } }] },
    });
  });

  test.each<[what: string, claims: object]>([
    ['no role', { organization: 'default' }],
    ['a role of something else', { role: 'viewer', organization: 'default' }],
    ['a role in other letters', { role: 'Super-Admin', organization: 'default' }],
    ['a role that is no text', { role: { name: 'super-admin' }, organization: 'default' }],
    ['no organisation', { role: 'super-admin' }],
    ['an organisation that the configuration does not name', { role: 'super-admin', organization: 'elsewhere' }],
    ['two organisations', { role: 'super-admin', organization: ['default', 'other'] }],
    ['an organisation by a name of Object’s', { role: 'super-admin', organization: 'constructor' }],
  ])('with %s is forbidden, in words, with 403', async (_what, given) => {
    const answer = await ask(await provider.token(given));
    expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 403, codes: ['FORBIDDEN'] });
  });

  test('is one of the only organisation where no claim is configured to say which', async () => {
    await using single = await startTestGateway({
      config: {
        organizations: [{ id: 'acme', issuer: 'LOCAL' }],
        identityProvider: provider.config({ organization: undefined }),
      },
    });
    const { data } = await ask(await provider.token({ role: 'admin' }), VIEWER, single);
    expect(data).toMatchObject({ viewer: { organization: { id: 'acme' } } });
  });

  test('presents one credential: an access key beside the token is refused', async () => {
    const headers = { authorization: `Bearer ${await provider.token(SUPER_ADMIN)}`, accesskey: 'lkak_made-up' };
    const answer = await requestGraphql(gateway.url, { headers, body: { query: VIEWER } });
    expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 400, codes: ['BAD_USER_INPUT'] });
  });

  test('calls over GraphQL alone: any other path takes no such token', async () => {
    const authorization = `Bearer ${await provider.token(SUPER_ADMIN)}`;
    const response = await fetch(`${gateway.url}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'token=anything',
    });
    expect(response.status).toBe(401);
  });
});

describe('a token is refused with 401 whose', () => {
  const now = () => Math.floor(systemClock.now() / 1000);

  test.each<[what: string, forge: () => Promise<string> | string]>([
    ['issuer is another', () => provider.forge(claims({ iss: 'https://elsewhere.example' }))],
    ['issuer has a slash more', () => provider.forge(claims({ iss: `${provider.issuer}/` }))],
    ['audience is another', () => provider.forge(claims({ aud: 'https://elsewhere.example' }))],
    ['time is over', () => provider.forge(claims({ exp: now() - 10 }))],
    ['time has not come', () => provider.forge(claims({ nbf: now() + 60 }))],
    ['end is missing', () => provider.forge(without('exp'))],
    ['subject is missing', () => provider.forge(without('sub'))],
    ['subject is a line of a log', () => provider.forge(claims({ sub: 'alice\nuser:bob' }))],
    ['subject is empty', () => provider.forge(claims({ sub: '' }))],
    [
      'claims were changed',
      async () => changed(await provider.forge(claims({ role: 'admin' })), { role: 'super-admin' }),
    ],
    ['signature is missing', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    ['signature is of a key of nobody’s', () => forgedByAnother()],
    ['key is in its own header', () => forgedByAnother({ withKey: true })],
    ['algorithm is another', () => `${part({ alg: 'HS256', kid: 'key-0' })}.${part(claims())}.${part('made up')}`],
    [
      'header says what nobody understands',
      () => provider.forge(claims(), { crit: [UNKNOWN_EXTENSION], [UNKNOWN_EXTENSION]: true }),
    ],
    ['parts are no JSON', () => 'bm90.anNvbg.c2ln'],
  ])('%s', async (_what, forge) => {
    const answer = await ask(await forge());
    expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 401, codes: ['UNAUTHENTICATED'] });
  });

  test('and the same token, unforged, is good: the refusals above can fail', async () => {
    expect((await ask(await provider.forge(claims()))).data).toMatchObject({ viewer: { id: 'alice' } });
    // As Python's time.time() writes it, in the provider's second that has not begun here.
    expect((await ask(await provider.forge(claims({ nbf: now() + 0.9 })))).data).toMatchObject({ viewer: {} });
  });

  function without(name: string): JWTPayload {
    return Object.fromEntries(Object.entries(claims()).filter(([claim]) => claim !== name));
  }

  function part(value: unknown): string {
    return Buffer.from(JSON.stringify(value)).toString('base64url');
  }

  function changed(token: string, more: object): string {
    const [header, payload = '', signature] = token.split('.');
    const before = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    return [header, part({ ...before, ...more }), signature].join('.');
  }

  async function forgedByAnother({ withKey = false } = {}): Promise<string> {
    await using other = await TestIdentityProvider.start();
    return provider.forge(claims(), withKey ? { jwk: other.key.publicJwk } : {}, other.key);
  }
});
