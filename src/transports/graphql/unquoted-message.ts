import type { GraphQLError } from 'graphql';
import { redactSecrets } from '../../lib/secrets.js';

/**
 * graphql-js quotes values, and a value may be a misplaced secret. Its messages keep the place and the reason and lose
 * the value, found by its position: a foreign secret has no known form.
 */
export function unquotedMessage({ message, originalError }: GraphQLError): string {
  return redactSecrets(unquoteReason(unquoteVariable(unquoteSyntax(message), originalError?.message)));
}

/** `Expected Name, found String "…".`: the token's kind and the error's location suffice. */
function unquoteSyntax(message: string): string {
  if (!message.startsWith('Syntax Error: ')) return message;
  return message
    .replace(/\b(Name|Int|Float|String|BlockString) "[\s\S]*"\.$/, '$1.')
    .replace(/escape sequence: "[\s\S]*"\.$/, 'escape sequence.');
}

/** `Variable "$i" got invalid value … at "i.name"; reason`: the value may hold anything, so the ends delimit it. */
function unquoteVariable(message: string, reason: string | undefined): string {
  const [start] = /^Variable "\$\w+" got invalid value/.exec(message) ?? [];
  if (start === undefined) return message;
  if (reason === undefined || !message.endsWith(`; ${reason}`)) return `${start}.`;
  const [place = ''] = / at "[\w.[\]]+"$/.exec(message.slice(0, -`; ${reason}`.length)) ?? [];
  return `${start}${place}; ${unquoteReason(reason)}`;
}

/** Reasons that quote a value, up to a suggestion. */
const QUOTING: readonly (readonly [pattern: RegExp, unquoted: string])[] = [
  [/\bcannot represent (.*?)value: [\s\S]*?(?=( Did you mean [^?]*\?)?$)/, 'cannot represent $1value.'],
  [/\bValue "[\s\S]*" does not exist in "(\w+)" enum\./, 'The value does not exist in "$1" enum.'],
  [/^Expected value of type "([^"]+)", found [\s\S]*$/, 'Expected value of type "$1".'],
  [/^Unknown operation named "[\s\S]*"\.$/, 'The document has no operation of this name.'],
  [/^Argument "(\w+)" has invalid value [\s\S]*$/, 'Argument "$1" has an invalid value.'],
];

function unquoteReason(message: string): string {
  return QUOTING.reduce((text, [pattern, unquoted]) => text.replace(pattern, unquoted), message);
}
