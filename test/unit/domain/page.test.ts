import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../src/domain/errors.js';
import { type Position, readPage, type Slice } from '../../../src/domain/page.js';

interface Entry {
  readonly at: number;
  readonly id: string;
}

const ENTRIES: readonly Entry[] = Array.from({ length: 7 }, (_, index) => ({
  at: 70 - index * 10,
  id: `tok_${index}`,
}));

/** Reads a list that is ordered as ENTRIES are, as a store would. */
function read(first: number, after?: string, entries: readonly Entry[] = ENTRIES) {
  const asked: Slice<Position>[] = [];
  const page = readPage<Entry>(
    { first, after },
    ({ at, id }) => [at, id],
    async (slice) => {
      asked.push(slice);
      const [at = Number.POSITIVE_INFINITY] = slice.after ?? [];
      return entries.filter((entry) => entry.at < Number(at)).slice(0, slice.limit);
    },
  );
  return { asked, page };
}

async function refusalOf(first: number, after?: string): Promise<unknown> {
  const { asked, page } = read(first, after);
  const error = await page.catch((thrown: unknown) => thrown);
  expect(asked).toEqual([]);
  return error;
}

describe('a page', () => {
  test('holds the entries that were asked for and tells whether more follow', async () => {
    const { asked, page } = read(3);
    expect(await page).toMatchObject({ entries: ENTRIES.slice(0, 3).map((node) => ({ node })), hasNextPage: true });
    expect(asked).toEqual([{ after: undefined, limit: 4 }]);
    expect(await read(7).page).toMatchObject({ entries: { length: 7 }, hasNextPage: false });
    expect(await read(100).page).toMatchObject({ entries: { length: 7 }, hasNextPage: false });
    expect(await read(1, undefined, []).page).toEqual({ entries: [], hasNextPage: false, hasPreviousPage: false });
  });

  test.each([1, 2, 3, 6, 7, 8])(
    'that is followed by its cursors, %i at a time, leads through the whole list',
    async (first) => {
      const walked: Entry[] = [];
      let after: string | undefined;
      for (let more = true; more; ) {
        const { entries, hasNextPage } = await read(first, after).page;
        walked.push(...entries.map(({ node }) => node));
        after = entries.at(-1)?.cursor;
        more = hasNextPage;
      }
      expect(walked).toEqual(ENTRIES);
    },
  );

  test('names its entries by opaque cursors that only hold their place', async () => {
    const { entries } = await read(7).page;
    for (const { cursor } of entries) expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(new Set(entries.map(({ cursor }) => cursor)).size).toBe(7);
  });
});

describe('refused before anything is read', () => {
  test.each([0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('a page of %d', async (first) => {
    const error = await refusalOf(first);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: 'first must be a whole number from 1 to 100.' });
  });

  const encode = (text: string) => Buffer.from(text).toString('base64url');
  test.each([
    ['empty', ''],
    ['no base64url', '!!!'],
    ['base64url of no number', encode('abc')],
    ['a number that is not encoded', '5'],
    ['of an empty part', encode('5.')],
    ['of nothing but dots', encode('..')],
    ['a fraction in exponent form', encode('1e-3')],
    ['a whole number in exponent form', encode('1e3')],
    ['a number in hex', encode('0x10')],
    ['a number with a sign', encode('+5')],
    ['a negative zero', encode('-0')],
    ['a number with a zero in front', encode('05')],
    ['a number with spaces', encode(' 5 ')],
    ['a number beyond the safe ones', encode('9007199254740993')],
    ['infinite', encode('Infinity')],
    ['not a number', encode('NaN')],
    ['of two numbers', encode('5.5')],
    ['of two ids', encode('5.tok_a.tok_b')],
    ['of an id alone', encode('tok_a')],
    ['with an id of other characters', encode('5.tok_é')],
    ['with padding', Buffer.from('5').toString('base64')],
    ['with something appended', `${encode('5.tok_a')}A`],
    ['with characters that decoding passes over', `${encode('5.tok_a')}\n`],
    ['SQL', encode("5' or 1=1")],
  ])('a cursor that is %s', async (_, after) => {
    const error = await refusalOf(1, after);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'after must be a cursor that an earlier page gave.',
    });
  });
});
