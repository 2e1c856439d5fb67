import { z } from 'zod';

export const NAME_CHARACTERS_MAX = 100;

/** Controls, line separators and invisible characters of Unicode, except the selector that makes a sign an emoji. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{ExtPict})\ufe0f/u;

/**
 * A name in its stored form: trimmed, in Unicode's NFC, 1 to 100 characters (code points), none of them invisible: no
 * controls, format characters such as zero-width spaces and direction marks, surrogates, unassigned code points.
 */
export const connectionName = z
  .string()
  .transform((name) => name.normalize('NFC').trim())
  .superRefine((name, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const characters = [...name].length;
    if (characters === 0) refuse('A name is needed: 1 to 100 characters.');
    if (characters > NAME_CHARACTERS_MAX) {
      refuse(`The name has ${characters} characters; ${NAME_CHARACTERS_MAX} are allowed.`);
    }
    if (INVISIBLE.test(name)) refuse('The name holds an invisible character. Type it anew without it.');
  });

/**
 * Two names are the same where their keys are. Lower, upper and lower case again fold what lower case alone keeps apart
 * (ẞ, ß and SS; ς and σ); the last NFC joins what the folding took apart. Spaces of every kind look alike.
 */
export function nameKey(name: string): string {
  const folded = name.normalize('NFD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
  return folded.replace(/\p{Zs}+/gu, ' ');
}
