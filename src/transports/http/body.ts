import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { visit } from 'jsonc-parser';
import { DomainError } from '../../domain/errors.js';

/** REST bodies hold a credential or two; GraphQL documents are longer; a tenant takes bulk inserts of this length. */
export const REST_BODY_BYTES_MAX = 16 * 1024;
export const GRAPHQL_BODY_BYTES_MAX = 64 * 1024;
export const PASSED_BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Deeper than any valid input: a body of brackets would exhaust the stack. */
const JSON_DEPTH_MAX = 32;

/** The `onRequest` hook of a route that ignores its body: the client may declare any type and coding. */
export function ignoreContentType(request: FastifyRequest, _reply: unknown, done: () => void): void {
  delete request.headers['content-type'];
  delete request.headers['content-encoding'];
  done();
}

/** The codings that a refusal names: any other text may be a misplaced secret. */
const KNOWN_CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'x-compress']);

/** RFC 9110 section 8.4.1: the gateway reads no coding but `identity`, since decompression has no size bound. */
export function codingFault(contentEncoding: string | undefined): DomainError | null {
  if (contentEncoding === undefined) return null;
  const codings = contentEncoding.split(',').map((coding) => coding.trim());
  const strange = codings.find((coding) => !/^(?:identity)?$/i.test(coding));
  if (strange === undefined) return null;
  const named = KNOWN_CODINGS.has(strange.toLowerCase()) ? `; ${strange} is not read here` : '';
  return new DomainError('UNSUPPORTED_CODING', { hint: `Send the body in no Content-Encoding${named}.` });
}

/** @throws DomainError INVALID_REQUEST if the body is not UTF-8: the gateway never guesses an encoding */
function textOf(body: Buffer, place = 'body'): string {
  if (!isUtf8(body)) throw new DomainError('INVALID_REQUEST', { hint: `The ${place} must be UTF-8.` });
  return body.toString('utf8');
}

/**
 * Parses JSON without repeated member names: parsers differ in which member they keep (RFC 8259 section 4), so two
 * layers could read one body differently. `place` names the body, or another part of the request, to the caller.
 * @throws DomainError INVALID_REQUEST if the body is empty, not JSON, not UTF-8, too deep or repeats a name
 */
export function parseJson(body: Buffer | undefined, place = 'body'): unknown {
  if (body === undefined || body.length === 0) {
    throw new DomainError('INVALID_REQUEST', { hint: `The ${place} is empty; it must be a JSON object.` });
  }
  const text = textOf(body, place);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new DomainError('INVALID_REQUEST', { hint: `The ${place} is not JSON.` });
  }
  // Each member has a colon after its name: no more colons than parsed members means no repetition.
  const members = countMembers(parsed, place);
  if (countColons(text) > members && (text.match(/"\s*:/g)?.length ?? 0) > members) refuseRepeatedNames(text, place);
  return parsed;
}

function countColons(text: string): number {
  let count = 0;
  for (let index = text.indexOf(':'); index >= 0; index = text.indexOf(':', index + 1)) count++;
  return count;
}

function countMembers(value: unknown, place: string, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= JSON_DEPTH_MAX) {
    throw new DomainError('INVALID_REQUEST', { hint: `The ${place} nests deeper than ${JSON_DEPTH_MAX} levels.` });
  }
  const children = Object.values(value);
  let members = Array.isArray(value) ? 0 : children.length;
  for (const child of children) members += countMembers(child, place, depth + 1);
  return members;
}

function refuseRepeatedNames(text: string, place: string): void {
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (name) => {
      const names = open.at(-1) as Set<string>;
      if (names.has(name)) {
        throw new DomainError('INVALID_REQUEST', { hint: `The ${place} repeats a member of a JSON object.` });
      }
      names.add(name);
    },
  });
}

/**
 * Returns the `known` parameters of a form body. RFC 6749 section 3.2 ignores the others, and clients may repeat them,
 * as `resource` (RFC 8707 section 2).
 * @throws DomainError INVALID_REQUEST if a known parameter repeats (RFC 6749 section 3.2) or the body is not UTF-8
 */
export function parseForm(body: Buffer | undefined, known: ReadonlySet<string>): ReadonlyMap<string, string> {
  const sent = new Set<string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body === undefined ? '' : textOf(body))) {
    if (!known.has(name)) continue;
    if (sent.has(name)) throw new DomainError('INVALID_REQUEST', { hint: `${name} is repeated; send it once.` });
    sent.add(name);
    // RFC 6749 section 3.2: a parameter without a value counts as omitted.
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}
