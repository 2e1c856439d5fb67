import { mayCallFrom } from '../connections/allowed-cidrs.js';
import type { Principal } from '../principal.js';
import { readCallPath } from './call-path.js';
import { READ_QUERIES } from './read-queries.js';

/** A caller's request to an API behind the gateway. */
export interface Call {
  readonly method: string;
  /** The request target as sent, `/path?query`. */
  readonly target: string;
  /** The caller's address, as far as trusted proxies tell. */
  readonly address: string | undefined;
}

/**
 * `bad request`: the method is unknown or the path ambiguous; `address`: the connection may not be used from there;
 * `event-api`: the Event APIs take no access token; `role`: the caller may only read.
 */
export type CallRefusal = 'bad request' | 'address' | 'event-api' | 'role';

export type CallDecision = { readonly isAllowed: true } | { readonly isAllowed: false; readonly reason: CallRefusal };

const READING_METHODS: readonly string[] = ['GET', 'HEAD'];
const WRITING_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** `/v1.0/api/eventManager/event` and its siblings, in any version, with and without `/api`. */
const EVENT_API = /^\/v\d+(?:\.\d+)*(?:\/api)?\/eventManager(?:\/|$)/;

const READ_QUERY_PATTERNS = READ_QUERIES.map((query) => query.split('/'));

/**
 * Whether an authenticated caller may make a call, by the rules of Gainsight NXT's credentials; every API behind an
 * asking proxy follows the same rules. Everybody may read. Super admins may write, and so may machines, since a super
 * admin made each machine's connection. The Event APIs take an access key, never an access token.
 */
export function decideCall(principal: Principal, call: Call): CallDecision {
  const path = readCallPath(call.target);
  const reads = READING_METHODS.includes(call.method);
  if (path === undefined || !(reads || WRITING_METHODS.includes(call.method))) return refuse('bad request');
  if (principal.role === 'MACHINE') {
    if (!mayCallFrom(call.address, principal.allowedCidrs)) return refuse('address');
    if (principal.credential === 'access token' && EVENT_API.test(path)) return refuse('event-api');
  }
  if (principal.role === 'ADMIN' && !reads && !(call.method === 'POST' && isReadQuery(path))) return refuse('role');
  return { isAllowed: true };
}

function refuse(reason: CallRefusal): CallDecision {
  return { isAllowed: false, reason };
}

function isReadQuery(path: string): boolean {
  const segments = path.split('/');
  const fits = (part: string, segment: string | undefined) =>
    part.startsWith('{') ? segment !== '' : part === segment;
  return READ_QUERY_PATTERNS.some(
    (pattern) => pattern.length === segments.length && pattern.every((part, index) => fits(part, segments[index])),
  );
}
