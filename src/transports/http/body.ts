import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { visit } from 'jsonc-parser';
import { DomainError } from '../../domain/errors.js';

/** REST bodies hold a credential or two; GraphQL documents may be longer. */
export const REST_BODY_BYTES_MAX = 16 * 1024;
export const GRAPHQL_BODY_BYTES_MAX = 64 * 1024;
/** No input of ours nests as deep; a body that is all brackets would exhaust the stack of what walks it. */
const JSON_DEPTH_MAX = 32;

/**
 * A route's `onRequest`, where nothing of the body is needed: whatever type or coding it says it has, it is not looked
 * at.
 */
export function ignoreContentType(request: FastifyRequest, _reply: unknown, done: () => void): void {
  delete request.headers['content-type'];
  delete request.headers['content-encoding'];
  done();
}

/** RFC 9110 section 8.4.1: no coding but `identity` is read here, since what a body unpacks to has no bound. */
export function codingFault(contentEncoding: string | undefined): DomainError | null {
  const codings = (contentEncoding ?? '').split(',').map((coding) => coding.trim());
  const strange = codings.find((coding) => !/^(?:identity)?$/i.test(coding));
  if (strange === undefined) return null;
  const named = /^[\w.+-]{1,40}$/.test(strange) ? `; ${strange} is not read here` : '';
  return new DomainError('UNSUPPORTED_CODING', { hint: `Send the body in no Content-Encoding${named}.` });
}

/** The body's text. @throws DomainError INVALID_REQUEST where it is not UTF-8: bytes are never guessed at */
function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new DomainError('INVALID_REQUEST', { hint: 'The body must be UTF-8.' });
  return body.toString('utf8');
}

/**
 * The body as JSON in which no object repeats a member's name: parsers differ in which of two they keep (RFC 8259
 * section 4), so what one layer checked another could read differently.
 * @throws DomainError INVALID_REQUEST where it is empty, not JSON, not UTF-8, too deep or repeats a name
 */
export function parseJson(body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) {
    throw new DomainError('INVALID_REQUEST', { hint: 'The body is empty; it must be a JSON object.' });
  }
  const text = textOf(body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new DomainError('INVALID_REQUEST', { hint: 'The body is not JSON.' });
  }
  // Each member of the text has a colon behind a quote; strings may hold more of them. Where there are no more than
  // members were parsed, none was repeated, and the slower readings are not needed.
  const members = countMembers(parsed);
  if (countColons(text) > members && (text.match(/"\s*:/g)?.length ?? 0) > members) refuseRepeatedNames(text);
  return parsed;
}

function countColons(text: string): number {
  let count = 0;
  for (let index = text.indexOf(':'); index >= 0; index = text.indexOf(':', index + 1)) count++;
  return count;
}

function countMembers(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= JSON_DEPTH_MAX) {
    throw new DomainError('INVALID_REQUEST', { hint: `The body nests deeper than ${JSON_DEPTH_MAX} levels.` });
  }
  const children = Object.values(value);
  let members = Array.isArray(value) ? 0 : children.length;
  for (const child of children) members += countMembers(child, depth + 1);
  return members;
}

function refuseRepeatedNames(text: string): void {
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
        throw new DomainError('INVALID_REQUEST', { hint: 'The body repeats a member of a JSON object.' });
      }
      names.add(name);
    },
  });
}

/**
 * Those parameters of a form body that are `known`. RFC 6749 section 3.2 has others ignored, and they may be repeated,
 * as `resource` is (RFC 8707 section 2).
 * @throws DomainError INVALID_REQUEST where a known one is repeated (RFC 6749 section 3.2) or the body is not UTF-8
 */
export function parseForm(body: Buffer | undefined, known: ReadonlySet<string>): ReadonlyMap<string, string> {
  const sent = new Set<string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body === undefined ? '' : textOf(body))) {
    if (!known.has(name)) continue;
    if (sent.has(name)) throw new DomainError('INVALID_REQUEST', { hint: `${name} is repeated; send it once.` });
    sent.add(name);
    // RFC 6749 section 3.2: a parameter without a value is treated as if it were not there.
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}
