import { DomainError } from './errors.js';

/** A stretch of a list: at most `first` entries that come after `after`, a cursor that an earlier page gave. */
export interface PageRequest {
  readonly first: number;
  readonly after: string | undefined;
}

export interface Page<T> {
  readonly entries: readonly { readonly node: T; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What a store is asked for: one entry more than the page holds tells whether another page follows. */
export interface Slice<Position> {
  readonly after: Position | undefined;
  readonly limit: number;
}

export const PAGE_SIZE_MAX = 100;

/**
 * Reads one page. `positionOf` names an entry's place in the list's order, as safe integers: they travel inside the
 * opaque cursor and come back as untrusted input.
 * @throws DomainError INVALID_REQUEST as checkPageRequest does
 */
export async function readPage<T>(
  request: PageRequest,
  positionOf: (entry: T) => readonly number[],
  read: (slice: Slice<readonly number[]>) => Promise<readonly T[]>,
): Promise<Page<T>> {
  const after = checkPageRequest(request);
  const found = await read({ after, limit: request.first + 1 });
  const entries = found.slice(0, request.first).map((node) => ({ node, cursor: toCursor(positionOf(node)) }));
  return { entries, hasNextPage: found.length > request.first, hasPreviousPage: after !== undefined };
}

/**
 * The position that a page begins behind, if it begins behind one.
 * @throws DomainError INVALID_REQUEST where `first` is not 1 to 100 or the cursor is not one of ours
 */
export function checkPageRequest({ first, after }: PageRequest): readonly number[] | undefined {
  if (!Number.isInteger(first) || first < 1 || first > PAGE_SIZE_MAX) {
    throw new DomainError('INVALID_REQUEST', { hint: `first must be a whole number from 1 to ${PAGE_SIZE_MAX}.` });
  }
  return after === undefined ? undefined : parseCursor(after);
}

function toCursor(position: readonly number[]): string {
  return Buffer.from(position.join('.')).toString('base64url');
}

function parseCursor(cursor: string): readonly number[] {
  const position = Buffer.from(cursor, 'base64url').toString().split('.').map(Number);
  if (position.every(Number.isSafeInteger) && toCursor(position) === cursor) return position;
  throw new DomainError('INVALID_REQUEST', { hint: 'after must be a cursor that an earlier page gave.' });
}
