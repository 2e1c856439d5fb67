import { mayCallFrom } from '../connections/allowed-cidrs.js';
import type { Principal } from '../principal.js';
import { readCallPath } from './call-path.js';
import { READ_QUERIES } from './read-queries.js';

/** A call that somebody wants to make of an API behind us. */
export interface Call {
  readonly method: string;
  /** The request target as it was sent, `/path?query`. */
  readonly target: string;
  /** Where the caller is, as far as trusted proxies say. */
  readonly address: string | undefined;
}

/**
 * `bad request`: the method or the path could be read in two ways; `address`: the connection may not be used from there;
 * `event-api`: an access token where none is taken; `role`: the caller may read, and this is no reading.
 */
export type CallRefusal = 'bad request' | 'address' | 'event-api' | 'role';

export type CallDecision = { readonly isAllowed: true } | { readonly isAllowed: false; readonly reason: CallRefusal };

const READING_METHODS: readonly string[] = ['GET', 'HEAD'];
const WRITING_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** `/v1.0/api/eventManager/event` and its siblings, of whichever version, with `/api` and without. */
const EVENT_API = /^\/v\d+(?:\.\d+)*(?:\/api)?\/eventManager(?:\/|$)/;

const READ_QUERY_PATTERNS = READ_QUERIES.map((query) => query.split('/'));

/**
 * Whether a proven caller may make a call: the rules of Gainsight NXT's credentials, for it and for whatever else stands
 * behind a proxy that asks. Reads are for everybody; what writes is for super admins, and for machines, each of whose
 * connections a super admin made. An access token is never good for the Event APIs; an access key is.
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
