import { describe, expect, test } from 'vitest';
import { type CallRefusal, decideCall } from '../../../src/domain/calls/call-decision.js';
import { readCallPath } from '../../../src/domain/calls/call-path.js';
import { READ_QUERIES } from '../../../src/domain/calls/read-queries.js';
import { type Machine, machineOf, userOf } from '../../../src/domain/principal.js';
import { connectionRecord } from '../../support/records.js';

const machine = (credential: Machine['credential'], ...allowedCidrs: string[]) =>
  machineOf(connectionRecord({ allowedCidrs }), credential);

const CALLERS = {
  'super admin': userOf('SUPER_ADMIN', 'someone', 'default'),
  admin: userOf('ADMIN', 'someone', 'default'),
  'access token': machine('access token'),
  'access key': machine('access key'),
};
type Caller = keyof typeof CALLERS;
const EVERYBODY = Object.keys(CALLERS) as Caller[];

/** `allowed`, or why not. */
function outcomeOf(
  principal: Parameters<typeof decideCall>[0],
  method: string,
  target: string,
  address = '203.0.113.7',
) {
  const decision = decideCall(principal, { method, target, address });
  return decision.isAllowed ? 'allowed' : decision.reason;
}

/** A call, and for whom it is another outcome than `allowed`. */
const CALLS: readonly (readonly [method: string, target: string, refused: Partial<Record<Caller, CallRefusal>>])[] = [
  ['GET', '/v1/meta/services/objects/list?po=company&em=false', {}],
  ['HEAD', '/v1/ant/es/job/status/1', {}],
  ['GET', '/', {}],
  ['GET', '/v1/users/services/scim/Users/a%20b%2Bc%25', {}],
  ['GET', '/v1/users/services/scim/Users/', {}],
  ['POST', '/v1/data/objects/query/Company', {}],
  ['POST', '/v1/data/objects/query/Comp%61ny?x=/../', {}],
  ['POST', '/v1/data/objects/Company', { admin: 'role' }],
  ['PUT', '/v1/data/objects/Company?keys=Name', { admin: 'role' }],
  ['PATCH', '/v1/users/services/scim/Users/1', { admin: 'role' }],
  ['DELETE', '/v1/data/objects/Company/1', { admin: 'role' }],
  ['POST', '/v3/exports/data/bulk/Company', { admin: 'role' }],
  // What looks like a query and is none.
  ['POST', '/v1/data/objects/query', { admin: 'role' }],
  ['POST', '/v1/data/objects/query/', { admin: 'role' }],
  ['POST', '/v1/data/objects/query/Company/1', { admin: 'role' }],
  ['POST', '/v1/data/objects/QUERY/Company', { admin: 'role' }],
  ['POST', '/v2/data/objects/query/Company', { admin: 'role' }],
  ['POST', '/x/v1/data/objects/query/Company', { admin: 'role' }],
  ['POST', '/v2/cockpit/cta?/list', { admin: 'role' }],
  ['PUT', '/v2/cockpit/cta/list', { admin: 'role' }],
  ['DELETE', '/v1/data/objects/query/Company', { admin: 'role' }],
  // Event APIs, in whichever of their forms.
  ['POST', '/v1/eventManager/event', { admin: 'role', 'access token': 'event-api' }],
  ['POST', '/v1.0/api/eventManager/event', { admin: 'role', 'access token': 'event-api' }],
  ['POST', '/v1/api/eventManager/event?x=1', { admin: 'role', 'access token': 'event-api' }],
  ['POST', '/v1.0/eventManager/event', { admin: 'role', 'access token': 'event-api' }],
  ['POST', '/v2/eventManager', { admin: 'role', 'access token': 'event-api' }],
  ['POST', '/v1/%65ventManager/event', { admin: 'role', 'access token': 'event-api' }],
  ['GET', '/v1/eventManager/', { 'access token': 'event-api' }],
  ['GET', '/v1/eventManagers', {}],
  ['GET', '/v1/data/eventManager/event', {}],
];

describe('who may make which call', () => {
  test.each(CALLS)('%s %s, refused: %j', (method, target, refused) => {
    for (const caller of EVERYBODY) {
      expect([caller, outcomeOf(CALLERS[caller], method, target)]).toEqual([caller, refused[caller] ?? 'allowed']);
    }
  });

  test.each(READ_QUERIES)('POST %s reads: everybody may', (query) => {
    const target = query.replace('{object}', 'Some_object__gc');
    for (const caller of EVERYBODY) expect(outcomeOf(CALLERS[caller], 'POST', target)).toBe('allowed');
  });

  test.each(['TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND', 'get', 'Post', 'GET ', ''])('nobody may "%s"', (method) => {
    for (const caller of EVERYBODY) expect(outcomeOf(CALLERS[caller], method, '/v1/x')).toBe('bad request');
  });
});

describe('a path that could be read in two ways is refused, whoever asks', () => {
  test.each([
    '',
    '*',
    'v1/x',
    'http://api.example/v1/x',
    '//v1/x',
    '/v1//x',
    '/v1/x//',
    '/v1/./x',
    '/v1/../x',
    '/v1/x/..',
    '/v1/%2e%2e/x',
    '/v1/.%2E/x',
    '/v1/a%2Fb',
    '/v1/a%2fb',
    '/v1/a\\b',
    '/v1/a%5Cb',
    '/v1/a%00b',
    '/v1/a%0d%0ab',
    '/v1/a%7fb',
    '/v1/a%c2%85b',
    '/v1/a\tb',
    '/v1/a b',
    '/v1/é',
    '/v1/eventManager;a=1/event',
    '/v1/%3B/x',
    '/v1/a#b',
    '/v1/a%23b',
    '/v1/a%3Fb',
    '/v1/%252e%252e/x',
    '/v1/%252Fx',
    '/v1/%',
    '/v1/%zz',
    '/v1/%c0%ae',
    '/v1/%ff',
  ])('%j', (target) => {
    expect(readCallPath(target)).toBeUndefined();
    for (const caller of EVERYBODY) expect(outcomeOf(CALLERS[caller], 'GET', target)).toBe('bad request');
  });

  test('but a query may hold anything, and what is decoded is decoded once', () => {
    expect(readCallPath('/v1/a%20b%25?/../%2F;//\\')).toBe('/v1/a b%');
    expect(readCallPath('/Gr%C3%BC%C3%9Fe/...')).toBe('/Grüße/...');
  });
});

describe('from where a machine may call', () => {
  test.each([
    ['203.0.113.7', 'allowed'],
    ['::ffff:203.0.113.7', 'allowed'],
    ['2001:db8::1', 'allowed'],
    ['203.0.114.7', 'address'],
    ['::1', 'address'],
    ['unknown', 'address'],
  ])('from %s: %s', (address, outcome) => {
    for (const credential of ['access token', 'access key'] as const) {
      const caller = machine(credential, '203.0.113.0/24', '2001:db8::/32');
      expect(outcomeOf(caller, 'GET', '/v1/x', address)).toBe(outcome);
    }
  });

  test('without a list from anywhere; users from anywhere always', () => {
    for (const caller of EVERYBODY) expect(outcomeOf(CALLERS[caller], 'GET', '/v1/x', 'unknown')).toBe('allowed');
  });
});
