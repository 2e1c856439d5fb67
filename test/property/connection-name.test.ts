import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConnectionName } from '../../src/domain/connections/connection.input.js';
import { nameKey } from '../../src/domain/connections/connection-name.js';
import { Refusal } from '../../src/domain/refusal.js';
import { EXPLORE_FACTOR } from '../support/seeded-random.js';

/**
 * Every character that has cases: about 3,000. But not the iota below (U+0345), a mark that becomes a letter: what
 * stands behind it would belong to another character then, and so be another text.
 */
const CASED = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map((codePoint) => String.fromCodePoint(codePoint))
  .filter((character) => character !== '\u0345' && /[\p{CWCF}\p{CWL}\p{CWU}]/u.test(character));

/**
 * The characters that Unicode's case folding makes equal to each: by the regular expressions' own folding, which is the
 * simple one of CaseFolding.txt and knows nothing of ours, and by what upper-casing writes out in several letters.
 */
const EQUALS = new Map(CASED.map((character) => [character, equalsOf(character)] as const));

function equalsOf(character: string): readonly string[] {
  const same = new RegExp(`[${character}]`, 'giu');
  const simple = [...CASED.join('').matchAll(same)].map(([equal]) => equal);
  const upper = character.toUpperCase();
  return [...upper].length === 1 ? simple : [...simple, upper, upper.toLowerCase()];
}

/** Characters of which names are made, odd ones among them more often than chance would bring them. */
const character = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
  fc.constantFrom(...CASED),
  fc.constantFrom(...'ßẞſςσΣıİiIǅﬁᾳΐ\u0301\u0307\u0323\u030a\u0345 \u00a0\u3000\u200b\u200d\u202e\n\t🚀'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const text = fc.array(character, { maxLength: 30 }).map((characters) => characters.join(''));

/** The text, and one that is equal to it under case folding and Unicode's canonical forms. */
const equalTexts = fc
  .record({ one: text, picks: fc.infiniteStream(fc.nat()), form: fc.constantFrom('NFC', 'NFD') })
  .map(({ one, picks, form }) => {
    const other = [...one.normalize('NFD')].map((each) => {
      const equals = EQUALS.get(each) ?? [each];
      return equals[picks.next().value % equals.length];
    });
    return [one, other.join('').normalize(form)] as const;
  });

describe('the key of a name', () => {
  test('is the same for each character and all that case folding makes equal to it', () => {
    const apart = [...EQUALS].flatMap(([one, equals]) =>
      equals.filter((equal) => nameKey(equal) !== nameKey(one)).map((equal) => [one, equal]),
    );
    expect(CASED.length).toBeGreaterThan(2500);
    expect(apart).toEqual([]);
  });

  test('is the same for texts that are equal under case folding and Unicode’s forms', () => {
    fc.assert(
      fc.property(equalTexts, ([one, other]) => nameKey(one) === nameKey(other)),
      { numRuns: 20_000 * EXPLORE_FACTOR },
    );
  });

  test('is the same in each form and case of the key itself', () => {
    fc.assert(
      fc.property(text, (one) => {
        const key = nameKey(one);
        const others = [key, one.normalize('NFD'), one.normalize('NFD').toUpperCase()];
        expect(others.map(nameKey)).toEqual([key, key, key]);
      }),
      { numRuns: 5000 * EXPLORE_FACTOR },
    );
  });

  test('differs for plain texts that differ in more than case', () => {
    const plain = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(
        plain,
        plain,
        (one, other) => (nameKey(one) === nameKey(other)) === (one.toLowerCase() === other.toLowerCase()),
      ),
      { numRuns: 5000 * EXPLORE_FACTOR },
    );
  });
});

describe('a name that is accepted', () => {
  const anyText = fc.oneof(text, fc.string({ unit: 'binary', maxLength: 220 }), fc.string({ maxLength: 110 }));

  test('is trimmed, in NFC, of 1 to 100 characters, with nothing invisible in it', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const name = parseConnectionName(given);
        if (name instanceof Refusal) return;
        expect(name).toBe(given.normalize('NFC').trim());
        expect(name).toBe(name.normalize('NFC'));
        expect(Array.from(name).length).toBeGreaterThan(0);
        expect(Array.from(name).length).toBeLessThanOrEqual(100);
        expect(name.isWellFormed()).toBe(true);
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 10_000 * EXPLORE_FACTOR },
    );
  });

  test('is accepted again as it is kept, and a refused one says what is wrong of the name', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const name = parseConnectionName(given);
        if (name instanceof Refusal) expect(name).toMatchObject({ code: 'INVALID_INPUT', path: ['name'] });
        else expect(parseConnectionName(name)).toBe(name);
      }),
      { numRuns: 5000 * EXPLORE_FACTOR },
    );
  });

  test('is every visible one: printable ASCII of 1 to 100 characters is never refused', () => {
    const printable = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 100 })
      .filter((given) => given.trim() !== '');
    fc.assert(
      fc.property(printable, (given) => parseConnectionName(given) === given.trim()),
      { numRuns: 5000 * EXPLORE_FACTOR },
    );
  });
});
