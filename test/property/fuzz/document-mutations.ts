import type { Random } from '../../support/seeded-random.js';
import type { Operation } from './documents.js';
import { anyOf, canary, oneIn, type World } from './world.js';

/** GraphQL's lexical tokens, with what stands between them. */
const TOKENS = /"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[^\s,]|[\s,]+/g;

/** A document with a few of its tokens swapped, left out, repeated or replaced. */
export function mutateDocument(operation: Operation, random: Random, world: World): Operation {
  const tokens = operation.text.match(TOKENS) ?? [];
  for (let left = 1 + random.below(3); left > 0; left--) changeToken(tokens, random, world);
  return { ...operation, text: tokens.join('') };
}

function changeToken(tokens: string[], random: Random, world: World): void {
  const at = random.below(tokens.length);
  const other = tokens[random.below(tokens.length)] ?? '';
  const text = canary(random, world);
  // Names come back in messages, but for what looks like a secret of ours.
  const name = text.replace('sk-', 'lkcs_');
  anyOf<() => unknown>(random, [
    () => tokens.splice(at, 1),
    () => tokens.splice(at, 1 + random.below(10)),
    () => tokens.splice(at, 1, other),
    () => tokens.splice(at, 0, other),
    () => tokens.splice(at, tokens.length),
    () => tokens.splice(at, 1, name),
    () => tokens.splice(at, 1, `"${text}"`),
    () => tokens.splice(at, 1, `"${text}\\u{110000}"`),
    () => tokens.splice(at, 1, `"${text}`),
    () => tokens.splice(at, 1, `"""${text}`),
    () => tokens.splice(at, 1, `$${name}`),
    () =>
      tokens.splice(at, 1, anyOf(random, ['null', '1', '-', '1e999', '9'.repeat(30), '[]', '{}', 'true', '{ a: 1 }'])),
    () =>
      tokens.splice(
        at,
        1,
        anyOf(random, [
          '__schema { types { name } }',
          '_service { sdl }',
          '__proto__: __typename',
          'constructor: __typename',
        ]),
      ),
    () =>
      tokens.splice(
        at,
        0,
        anyOf(random, [
          ...['@defer', '@stream', ' @include ', ' @skip(if: "x")', `@${name}`, '@deprecated '],
          ...[' @skip(if: true) ', ' @include(if: false) '],
        ]),
      ),
    () =>
      tokens.splice(
        at,
        1,
        anyOf(random, ['subscription', 'fragment', 'on', 'extend type Query { x: Int }', '\ufeff', '\0', '#']),
      ),
    () => tokens.push(...tokens.slice(at)),
    () => tokens.splice(at, 0, ...Array.from({ length: random.below(300) }, () => other)),
  ])();
}

/** Variables of wrong types, of unknown names, missing and too many. */
export function mutateVariables(operation: Operation, random: Random, world: World): unknown {
  const entries = Object.entries(operation.variables);
  const text = canary(random, world);
  const odd = anyOf<unknown>(random, [
    text,
    [text],
    { [text]: text },
    null,
    1.5,
    2 ** 40,
    true,
    [[[]]],
    { __proto__: null, id: text },
    Array(500).fill(text),
  ]);
  if (entries.length === 0 || oneIn(random, 4))
    return anyOf<unknown>(random, [odd, { ...operation.variables, [text]: odd }]);
  const [name] = anyOf(random, entries);
  if (oneIn(random, 3)) return Object.fromEntries(entries.filter(([each]) => each !== name));
  return { ...operation.variables, [name]: odd };
}
