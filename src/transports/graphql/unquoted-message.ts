import type { GraphQLError } from 'graphql';
import { redactSecrets } from '../../lib/secrets.js';

/**
 * graphql-js quotes what it was sent, which may be a secret in the wrong place. Its messages keep where and why, and lose
 * the value: by the place that it stands in, as a secret of somebody else looks like anything.
 */
export function unquotedMessage({ message, originalError }: GraphQLError): string {
  return redactSecrets(unquoteReason(unquoteVariable(unquoteSyntax(message), originalError?.message)));
}

/** `Expected Name, found String "…".`: of a token that has a value its kind is enough, with the place beside it. */
function unquoteSyntax(message: string): string {
  if (!message.startsWith('Syntax Error: ')) return message;
  return message
    .replace(/\b(Name|Int|Float|String|BlockString) "[\s\S]*"\.$/, '$1.')
    .replace(/escape sequence: "[\s\S]*"\.$/, 'escape sequence.');
}

/** `Variable "$i" got invalid value … at "i.name"; reason`: the value may hold anything, so what is kept is read from the ends. */
function unquoteVariable(message: string, reason: string | undefined): string {
  const [start] = /^Variable "\$\w+" got invalid value/.exec(message) ?? [];
  if (start === undefined) return message;
  if (reason === undefined || !message.endsWith(`; ${reason}`)) return `${start}.`;
  const [place = ''] = / at "[\w.[\]]+"$/.exec(message.slice(0, -`; ${reason}`.length)) ?? [];
  return `${start}${place}; ${unquoteReason(reason)}`;
}

/** Reasons that quote, up to the suggestion that may follow. */
const QUOTING: readonly (readonly [pattern: RegExp, unquoted: string])[] = [
  [/\bcannot represent (.*?)value: [\s\S]*?(?=( Did you mean [^?]*\?)?$)/, 'cannot represent $1value.'],
  [/\bValue "[\s\S]*" does not exist in "(\w+)" enum\./, 'The value does not exist in "$1" enum.'],
  [/^Expected value of type "([^"]+)", found [\s\S]*$/, 'Expected value of type "$1".'],
  [/^Argument "(\w+)" has invalid value [\s\S]*$/, 'Argument "$1" has an invalid value.'],
];

function unquoteReason(message: string): string {
  return QUOTING.reduce((text, [pattern, unquoted]) => text.replace(pattern, unquoted), message);
}
