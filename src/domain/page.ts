import { DomainError } from './errors.js';

/** A part of a list: at most `first` entries after `after`, a cursor from an earlier page. */
export interface PageRequest {
  readonly first: number;
  readonly after: string | undefined;
}

export interface Page<T> {
  readonly entries: readonly { readonly node: T; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** A request to a store: one entry more than the page holds tells whether another page follows. */
export interface Slice<Position> {
  readonly after: Position | undefined;
  readonly limit: number;
}

export const PAGE_SIZE_MAX = 100;

/** An entry's place in the list's order: instants and numbers as safe integers, and ids. */
export type Position = readonly (number | string)[];

/**
 * Reads one page. `positionOf` gives an entry's place, which travels in the opaque cursor and returns as untrusted
 * input.
 * @throws DomainError INVALID_REQUEST as checkPageRequest does
 */
export async function readPage<T>(
  request: PageRequest,
  positionOf: (entry: T) => Position,
  read: (slice: Slice<Position>) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const after = checkPageRequest(request);
  const found = await read({ after, limit: request.first + 1 });
  const entries = found.slice(0, request.first).map((node) => ({ node, cursor: toCursor(positionOf(node)) }));
  return { entries, hasNextPage: found.length > request.first, hasPreviousPage: after !== undefined };
}

/**
 * The position that a page begins after; undefined for the first page.
 * @throws DomainError INVALID_REQUEST where `first` is not 1 to 100 or the cursor is not from Latchkey
 */
export function checkPageRequest({ first, after }: PageRequest): Position | undefined {
  if (!Number.isInteger(first) || first < 1 || first > PAGE_SIZE_MAX) {
    throw new DomainError('INVALID_REQUEST', { hint: `first must be a whole number from 1 to ${PAGE_SIZE_MAX}.` });
  }
  return after === undefined ? undefined : parseCursor(after);
}

function toCursor(position: Position): string {
  return Buffer.from(position.join('.')).toString('base64url');
}

/** Ids and digits have one encoding only, so the form alone exposes an invented cursor. */
const CURSOR = /^\d{1,16}(?:\.[A-Za-z]+_\w+)?$/;

function parseCursor(cursor: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [number = '', ...ids] = text.split('.');
  const position = [Number(number), ...ids];
  if (CURSOR.test(text) && Number.isSafeInteger(position[0]) && toCursor(position) === cursor) return position;
  throw new DomainError('INVALID_REQUEST', { hint: 'after must be a cursor that an earlier page gave.' });
}
