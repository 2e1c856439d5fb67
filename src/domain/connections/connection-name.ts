import { z } from 'zod';

export const NAME_CHARACTERS_MAX = 100;

/** Controls, separators of lines, and what Unicode displays as nothing, but for the selector that makes a sign an emoji. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{ExtPict})\ufe0f/u;

/**
 * The name as it is kept: trimmed, in Unicode's NFC, 1 to 100 characters (code points), with nothing invisible in it:
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
 * Two names are the same where their keys are. Going down, up and down again folds what lower-casing alone would
 * keep apart (ẞ, ß and SS; ς and σ); the last NFC joins what the folding took apart. Spaces of every kind look alike.
 */
export function nameKey(name: string): string {
  const folded = name.normalize('NFD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
  return folded.replace(/\p{Zs}+/gu, ' ');
}
