import { COMPATIBLE, METADATA, STANDARD } from '../../support/rest.js';
import type { Random } from '../../support/seeded-random.js';
import { type Draft, draft, type MakeDraft } from './input.js';
import { consoleFile, consolePage, signIn, signOut } from './page-requests.js';
import { presentBearer, presentClient } from './presented-credentials.js';
import { anyCookie } from './presented-sessions.js';
import { anyOf, canary, oneIn, someone, someToken, type World } from './world.js';

const FORM = ['content-type', 'application/x-www-form-urlencoded'] as const;
const JSON_BODY = ['content-type', 'application/json'] as const;

const compatibleToken: MakeDraft = (random, world) => {
  const { caller, headers } = presentClient(random, world);
  const body = random.pick(['', '', '{}', 'grant_type=client_credentials', canary(random, world)]);
  const types = random.pick([[], [JSON_BODY], [FORM], [['content-type', canary(random, world)] as const]]);
  return draft('compatible token', {
    method: 'POST',
    target: COMPATIBLE.token,
    headers: [...headers, ...types],
    body,
    caller,
  });
};

const compatibleIntrospection: MakeDraft = (random, world) => {
  const { caller, headers } = presentClient(random, world);
  const token = someToken(random, world);
  const body = random.pick([
    JSON.stringify({ access_token: token }),
    JSON.stringify({ access_token: token }),
    ` { "access_token" :\t"${token}" } `,
    JSON.stringify({ access_token: [token] }),
    JSON.stringify({ token, __proto__: { access_token: token } }),
    `{"access_token":"${token}","access_token":"${token}"}`,
    `{"__proto__":{"access_token":"${token}"}}`,
    `access_token=${token}`,
  ]);
  return draft('compatible introspection', {
    method: 'POST',
    target: COMPATIBLE.introspect,
    headers: [...headers, ...(oneIn(random, 5) ? [] : [JSON_BODY])],
    body,
    caller,
  });
};

const standardToken: MakeDraft = (random, world) => {
  const { caller, headers } = presentClient(random, world);
  const body = form(random, [
    ['grant_type', oneIn(random, 6) ? anyOf(random, ['password', canary(random, world)]) : 'client_credentials'],
    [
      'scope',
      oneIn(random, 6)
        ? anyOf(random, ['m2m:admin', canary(random, world)])
        : anyOf(random, ['m2m:introspect', '', 'm2m:introspect  m2m:introspect']),
    ],
    ...inForm(random, world),
  ]);
  return draft('standard token', { method: 'POST', target: STANDARD.token, headers: [...headers, FORM], body, caller });
};

const standardOfToken =
  (kind: string, target: string): MakeDraft =>
  (random, world) => {
    const { caller, headers } = presentClient(random, world);
    const hint = random.pick(['access_token', 'refresh_token', canary(random, world)]);
    const body = form(random, [
      ['token', someToken(random, world)],
      ['token_type_hint', hint],
      ...inForm(random, world),
    ]);
    return draft(kind, { method: 'POST', target, headers: [...headers, FORM], body, caller });
  };

const authorize: MakeDraft = (random, world) => {
  const { caller, headers } = presentBearer(random, world);
  const asked = random.pick([
    '/v1/data',
    '/v2.0/objects?x=%20',
    '/v1/../admin',
    '/v1/%2e%2e/x',
    `/v1/${canary(random, world)}`,
    '//',
    '/v1/a;b',
  ]);
  const method = random.pick(['GET', 'POST', 'DELETE', canary(random, world), '']);
  const names = anyOf<readonly [string, string]>(random, [
    ['x-original-method', 'x-original-uri'],
    ['x-forwarded-method', 'x-forwarded-uri'],
    ['X-Original-Method', 'x-forwarded-uri'],
  ]);
  const inPath = oneIn(random, 3);
  const named = [[names[0], method] as const, [names[1], asked] as const];
  return draft('authorize', {
    method: random.pick(['GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT']),
    target: inPath ? `/v1/authorize${asked}` : '/v1/authorize',
    headers: [...headers, ...(inPath && !oneIn(random, 6) ? [] : named)],
    caller,
  });
};

const unauthenticated: MakeDraft = (random, world) =>
  draft('open path', {
    method: random.pick(['GET', 'GET', 'HEAD', 'POST', 'OPTIONS']),
    target: random.pick([
      METADATA,
      '/.well-known/openid-configuration',
      '/livez',
      '/readyz',
      '/metrics',
      '/favicon.ico',
      `/${canary(random, world)}`,
    ]),
    caller: undefined,
  });

const tenantPath: MakeDraft = (random, world) => {
  const { caller, headers } = presentBearer(random, world);
  const target = random.pick([
    '/v1/data',
    '/v2/',
    '/v1/users/m2m/oauth',
    '/oauth2',
    '/oauth2/',
    '/oauth2/authorize',
    '/graphql/x',
    '/v1/',
  ]);
  return draft('no route', { method: random.pick(['GET', 'POST', 'PUT']), target, headers, caller });
};

const ROUTES: readonly MakeDraft[] = [
  ...[compatibleToken, compatibleToken, compatibleIntrospection, compatibleIntrospection],
  ...[standardToken, standardToken, authorize, authorize, signIn, unauthenticated, tenantPath],
  ...[signIn, signIn, signOut, signOut, consolePage, consoleFile, consoleFile],
  standardOfToken('standard introspection', STANDARD.introspect),
  standardOfToken('standard introspection', STANDARD.introspect),
  standardOfToken('standard revocation', STANDARD.revoke),
];

/** A request that a route takes, or would but for one thing; some with a session, which most routes take no notice of. */
export function routeRequest(random: Random, world: World): Draft {
  const made = anyOf(random, ROUTES)(random, world);
  // Which sessions a sign-out may end is its own matter.
  const hasCookies = made.kind === 'sign-out' || made.headers.some(([name]) => name === 'cookie');
  return hasCookies || !oneIn(random, 5) ? made : { ...made, headers: [...made.headers, ...anyCookie(random, world)] };
}

/** The client's credentials in the form, which most requests have in a header. */
function inForm(random: Random, world: World): [string, string][] {
  if (!oneIn(random, 4)) return [];
  const { clientId, secret } = someone(random, world).oauth;
  return [
    ['client_id', random.pick([clientId, clientId, canary(random, world)])],
    ['client_secret', random.pick([secret, secret, canary(random, world)])],
  ];
}

function form(random: Random, parameters: readonly (readonly [string, string])[]): string {
  const kept = parameters.filter(() => !oneIn(random, 8));
  const pairs = kept.flatMap((pair) => (oneIn(random, 20) ? [pair, pair] : [pair]));
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return oneIn(random, 20) ? text.replaceAll('%', '%zz') : text;
}
