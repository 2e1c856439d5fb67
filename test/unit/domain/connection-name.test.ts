import { describe, expect, test } from 'vitest';
import { parseConnectionName } from '../../../src/domain/connections/connection.input.js';
import { nameKey } from '../../../src/domain/connections/connection-name.js';
import { Refusal } from '../../../src/domain/refusal.js';

function refusalOf(name: string): Refusal {
  const outcome = parseConnectionName(name);
  if (outcome instanceof Refusal) return outcome;
  throw new Error(`accepted as ${JSON.stringify(outcome)}`);
}

describe('a name is kept', () => {
  test.each([
    ['a plain one', 'Salesforce sync', 'Salesforce sync'],
    ['without the spaces around it', ' \t\u00a0\u3000name\u2003\n', 'name'],
    ['with the spaces inside it', 'two  words\u00a0here', 'two  words\u00a0here'],
    ['in NFC, whatever form it came in', 'cafe\u0301', 'caf\u00e9'],
    ['in any script', '接続 связь σύνδεση חיבור', '接続 связь σύνδεση חיבור'],
    ['with emoji', 'rocket 🚀', 'rocket 🚀'],
    ['with an emoji that needs its variation selector', 'sync \u2699\ufe0f', 'sync \u2699\ufe0f'],
    ['with what looks like markup or SQL', `<b>'"; drop table connections;--`, `<b>'"; drop table connections;--`],
    ['of one character', 'x', 'x'],
    ['of 100 characters', 'x'.repeat(100), 'x'.repeat(100)],
    ['of 100 characters beyond the first plane, which are 200 code units', '🚀'.repeat(100), '🚀'.repeat(100)],
    ['of 100 characters in NFC that came as 200', 'e\u0301'.repeat(100), '\u00e9'.repeat(100)],
    ['of 100 characters with spaces around them', ` ${'x'.repeat(100)} `, 'x'.repeat(100)],
  ])('%s', (_, given, kept) => {
    expect(parseConnectionName(given)).toBe(kept);
  });
});

describe('a name is refused', () => {
  test.each([
    ['empty', ''],
    ['only spaces', '   '],
    ['only spaces of other kinds', '\u00a0\u2003\u3000\t\n'],
  ])('%s', (_, name) => {
    expect(refusalOf(name)).toMatchObject({ code: 'INVALID_INPUT', path: ['name'] });
    expect(refusalOf(name).message).toBe('A name is needed: 1 to 100 characters.');
  });

  test.each([
    ['101 characters', 'x'.repeat(101), 101],
    ['101 characters beyond the first plane', '🚀'.repeat(101), 101],
    ['a million characters', 'x'.repeat(1_000_000), 1_000_000],
    ['101 characters once NFC has taken one apart', `\u0958${'x'.repeat(99)}`, 101],
  ])('%s', (_, name, characters) => {
    expect(refusalOf(name).message).toBe(`The name has ${characters} characters; 100 are allowed.`);
  });

  test.each([
    ['a null', '\u0000'],
    ['a line feed', '\n'],
    ['a tab', '\t'],
    ['an escape', '\u001b'],
    ['a delete', '\u007f'],
    ['a C1 control', '\u0085'],
    ['a soft hyphen', '\u00ad'],
    ['an Arabic letter mark', '\u061c'],
    ['a zero-width space', '\u200b'],
    ['a zero-width non-joiner', '\u200c'],
    ['a zero-width joiner', '\u200d'],
    ['a left-to-right mark', '\u200e'],
    ['a right-to-left mark', '\u200f'],
    ['a right-to-left override', '\u202e'],
    ['a right-to-left isolate', '\u2067'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['a tag character', '\u{e0041}'],
    ['a lone high surrogate', '\ud83d'],
    ['a lone low surrogate', '\ude80'],
    ['surrogates in the wrong order', '\ude80\ud83d'],
    ['a private use character', '\ue000'],
    ['a code point that is no character', '\uffff'],
    ['a Hangul filler, which shows nothing', '\u3164'],
    ['a variation selector behind a letter', '\ufe0f'],
    ['a combining grapheme joiner, which shows nothing', '\u034f'],
  ])('one that holds %s', (_, character) => {
    const refusal = refusalOf(`na${character}me`);
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', path: ['name'] });
    expect(refusal.message).toBe('The name holds an invisible character. Type it anew without it.');
  });

  test('one of nothing but Hangul fillers, which looks empty', () => {
    expect(refusalOf('\u3164\uffa0\u115f')).toMatchObject({ code: 'INVALID_INPUT', path: ['name'] });
  });
});

describe('two names are the same', () => {
  test.each([
    ['in another case', 'Salesforce', 'sALESFORCE'],
    ['in another Unicode form', 'caf\u00e9', 'cafe\u0301'],
    ['with combining marks in another order', 'q\u0323\u0307', 'q\u0307\u0323'],
    ['ß and SS', 'straße', 'STRASSE'],
    ['ß and capital ẞ', 'straße', 'STRAẞE'],
    ['capital ẞ and ss', 'STRAẞE', 'strasse'],
    ['final sigma and sigma', 'ς', 'σ'],
    ['final sigma in a word and capitals', 'Σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['a ligature and its letters', 'ﬁle', 'FILE'],
    ['long s and s', 'ſecure', 'SECURE'],
    ['the Kelvin sign and k', '\u212a', 'k'],
    ['the Ångström sign and å', '\u212b', 'å'],
    ['capital İ and i with its dot', 'İstanbul', 'i\u0307stanbul'],
    ['Cherokee cases', 'Ꭰ', 'ꭰ'],
    ['cases beyond the first plane', '𐐀', '𐐨'],
    ['ypogegrammeni and iota', 'ᾳ', 'ΑΙ'],
    ['one space and two', 'a b', 'a  b'],
    ['a space and one that does not break', 'a b', 'a\u00a0b'],
    ['a space and runs of other kinds', 'a b', 'a\u2003\u3000 \u1680b'],
  ])('%s', (_, one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  test.each([
    ['a letter with and without its accent', 'cafe', 'café'],
    ['letters that look alike in two scripts', 'a', 'а'],
    ['a fullwidth letter and a plain one', 'ａ', 'a'],
    ['a space and none', 'a b', 'ab'],
    ['a digit and its superscript', '2', '²'],
  ])('but not %s', (_, one, other) => {
    expect(nameKey(one)).not.toBe(nameKey(other));
  });
});
