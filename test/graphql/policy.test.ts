import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { collectRules, MissingRuleError, PUBLIC_TYPES } from '../../src/transports/graphql/authorization.js';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { startTestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';

/**
 * Who may resolve what: for each type the rule that it carries itself, then its fields by the rule that each carries
 * besides. Written by hand, from the contract and never from the code: a change of who may see what is made twice.
 */
const POLICY: readonly (readonly [type: string, rule: '' | 'authenticated', fields: Record<string, string>])[] = [
  [
    'Query',
    '',
    {
      authenticated: 'viewer organization rateLimit',
      'm2m:read': 'connections connection auditEvents',
      'm2m:introspect': 'introspectToken introspectTokens',
    },
  ],
  [
    'Mutation',
    '',
    {
      'm2m:admin':
        'createConnection renameConnection disableConnection enableConnection deleteConnection regenerateSecret resetAfterLeak issueToken revokeToken revokeListedToken revokeTokens setAllowedCidrs replaceUpstreamCredential',
    },
  ],
  ['Subscription', '', { 'm2m:read': 'connectionChanged' }],
  ['ConnectionEvent', 'authenticated', { '': 'connectionId connection change' }],
  ['Viewer', 'authenticated', { '': 'id role scopes organization' }],
  ['Organization', 'authenticated', { '': 'id issuer limits', 'm2m:read': 'connections' }],
  ['RateLimit', 'authenticated', { '': 'policies' }],
  ['RateLimitPolicy', 'authenticated', { '': 'name limit windowSeconds remaining resetsAt' }],
  [
    'AccessKeyConnection',
    'authenticated',
    {
      '': 'id',
      'm2m:read':
        'name connector authenticationType status issuer secrets allowedCidrs createdAt createdBy updatedAt lastUsedAt',
    },
  ],
  [
    'OAuthConnection',
    'authenticated',
    {
      '': 'id',
      'm2m:read':
        'name connector authenticationType status issuer secrets allowedCidrs createdAt createdBy updatedAt lastUsedAt clientId tokens',
    },
  ],
  ['ConnectionSecret', 'authenticated', { 'm2m:read': 'id prefix last4 state createdAt lastUsedAt expiresAt' }],
  ['AccessTokenInfo', 'authenticated', { '': 'id connectionId issuedAt expiresAt lastUsedAt' }],
  ['AccessTokenEdge', 'authenticated', { '': 'node cursor' }],
  ['AccessTokenPage', 'authenticated', { '': 'edges pageInfo' }],
  ['AccessToken', 'authenticated', { '': 'accessToken tokenType expiresIn expiresAt' }],
  [
    'TokenIntrospection',
    'authenticated',
    { '': 'active clientId tokenType issuedAt expiresAt', 'm2m:read': 'connection' },
  ],
  ['AuditEvent', 'authenticated', { '': 'id at actor action target outcome detail' }],
  ['AuditEventEdge', 'authenticated', { '': 'node cursor' }],
  ['AuditEventPage', 'authenticated', { '': 'edges pageInfo' }],
  ['ConnectionCreated', 'authenticated', { '': 'connection secret clientId warning' }],
  ['ConnectionChanged', 'authenticated', { '': 'connection' }],
  ['ConnectionDeleted', 'authenticated', { '': 'id' }],
  ['SecretCreated', 'authenticated', { '': 'connection secret' }],
  ['TokenRevoked', 'authenticated', { '': 'revoked' }],
  ['NameTaken', 'authenticated', { '': 'code message path' }],
  ['LimitReached', 'authenticated', { '': 'code message path limit' }],
  ['InvalidInput', 'authenticated', { '': 'code message path' }],
  ['NotFound', 'authenticated', { '': 'code message path' }],
];

/** The table as `Type.field: its rules`, sorted. */
function expectedPolicy(): string[] {
  const lines = POLICY.flatMap(([type, ofType, byRule]) =>
    Object.entries(byRule).flatMap(([ofField, fields]) =>
      fields.split(' ').map((field) => `${type}.${field}: ${[ofType, ofField].filter(Boolean).join(' & ')}`),
    ),
  );
  return lines.sort();
}

/** What the gateway reads from a schema, in the same words. Throws as its start does. */
function policyOf(sdl: string): string[] {
  const rules = [...collectRules(buildSubgraphSchema([{ typeDefs: parse(sdl) }]))];
  const word = (anyOf: readonly (readonly string[])[]) =>
    anyOf.length === 0 ? 'authenticated' : anyOf.map((allOf) => allOf.join('+')).join('|');
  return rules.map(([coordinate, all]) => `${coordinate}: ${all.map(({ anyOf }) => word(anyOf)).join(' & ')}`).sort();
}

/** Every place where a rule stands in the SDL; the import's own mention of the names is quoted. */
const RULE = /(?<!")@(?:authenticated|requiresScopes\(scopes: \[\[[^\]]*\]\]\))/g;

/** Each way to change one of the rules of `sdl`, and what the gateway makes of it. */
function survivorsOf(sdl: string, change: (rule: string) => string): string[] {
  const expected = JSON.stringify(expectedPolicy());
  const survivors: string[] = [];
  for (const { 0: rule, index } of sdl.matchAll(RULE)) {
    const changed = sdl.slice(0, index) + change(rule) + sdl.slice(index + rule.length);
    try {
      if (JSON.stringify(policyOf(changed)) === expected) survivors.push(`${rule} at ${index}`);
    } catch (error) {
      expect(error).toBeInstanceOf(MissingRuleError);
    }
  }
  return survivors;
}

let sdl: string;
beforeAll(async () => {
  sdl = await buildSdl();
});

test('the rule of every field is the one of the table, and no field is without', () => {
  expect(policyOf(sdl)).toEqual(expectedPolicy());
});

test('of all types PageInfo alone is public, and a rule on it is refused', () => {
  expect([...PUBLIC_TYPES]).toEqual(['PageInfo']);
  expect(() => policyOf(sdl.replace('type PageInfo', 'type PageInfo @authenticated'))).toThrow(MissingRuleError);
  expect(() => policyOf(sdl.replace('hasNextPage: Boolean!', '$& @authenticated'))).toThrow(MissingRuleError);
  expect(sdl).toMatch(/^type PageInfo @shareable \{$/m);
});

test('routers are given the same rules in the SDL that they fetch', async () => {
  await using gateway = await startTestGateway();
  const { data } = await requestGraphql(gateway.url, { body: { query: '{ _service { sdl } }' } });

  const fetched = (data as { _service: { sdl: string } })._service.sdl;

  // What federation adds is what it would add once more.
  expect(policyOf(fetched.replace(/(extend )?type Query \{\s*_entities.*\s*_service.*\s*\}/, ''))).toEqual(
    expectedPolicy(),
  );
});

test('removing any one directive is seen', () => {
  const ofTypes = POLICY.filter(([, rule]) => rule !== '').length;
  const ofFields = POLICY.flatMap(([, , byRule]) =>
    Object.entries(byRule).flatMap(([rule, fields]) => (rule === '' ? [] : fields.split(' '))),
  ).length;

  expect([...sdl.matchAll(RULE)]).toHaveLength(ofTypes + ofFields);
  expect(survivorsOf(sdl, () => '')).toEqual([]);
});

test('weakening any one scope is seen', () => {
  const weaken = (rule: string) => {
    const weaker = rule.includes('m2m:introspect') ? 'authenticated' : 'requiresScopes(scopes: [["m2m:introspect"]])';
    return rule === '@authenticated' ? '' : `@${weaker}`;
  };

  expect(survivorsOf(sdl, weaken)).toEqual([]);
  expect(survivorsOf(sdl, (rule) => rule.replace(']]', '], ["m2m:introspect"]]'))).toEqual(
    // A rule without scopes has nothing to add an alternative to.
    [...sdl.matchAll(RULE)].flatMap(({ 0: rule, index }) => (rule === '@authenticated' ? [`${rule} at ${index}`] : [])),
  );
});
