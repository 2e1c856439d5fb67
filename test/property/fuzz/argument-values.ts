import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import { anyOf, canary, oneIn, somebodyElse, someone, someToken, type World } from './world.js';

/** A value that the type takes, as JSON has it; undefined, which leaves it out, where the type allows that. */
export function valueFor(type: GraphQLInputType, name: string, random: Random, world: World): unknown {
  if (isNonNullType(type)) return givenValue(type.ofType, name, random, world);
  const left = random.below(6);
  if (left === 0) return undefined;
  return left === 1 ? null : givenValue(type, name, random, world);
}

function givenValue(type: GraphQLInputType, name: string, random: Random, world: World): unknown {
  if (isNonNullType(type)) return givenValue(type.ofType, name, random, world);
  if (isListType(type)) {
    const length = oneIn(random, 40) ? random.below(1_100) : random.below(4);
    return Array.from({ length }, () => valueFor(type.ofType, name, random, world));
  }
  if (isEnumType(type)) return anyOf(random, type.getValues()).name;
  if (isInputObjectType(type)) {
    const entries = Object.values(type.getFields()).map((field) => [
      field.name,
      valueFor(field.type, field.name, random, world),
    ]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (type.name === 'Int') return random.pick([1, 2, 20, 100, 0, -1, 101, 2 ** 31 - 1]);
  if (type.name === 'Boolean') return oneIn(random, 2);
  if (type.name === '_Any') return representation(random, world);
  return textFor(name, random, world);
}

/** What a router refers to an entity by, or what it never would. */
function representation(random: Random, world: World): unknown {
  const id = textFor('id', random, world);
  return anyOf<unknown>(random, [
    { __typename: 'OAuthConnection', id },
    { __typename: 'OAuthConnection', id },
    { __typename: 'AccessKeyConnection', id },
    { __typename: 'Organization', id: random.pick(['default', 'other', id]) },
    { __typename: 'Connection', id },
    { __typename: canary(random, world), id },
    { __typename: 'OAuthConnection', id: [id], extra: { __typename: 'Organization' } },
    { __typename: 'OAuthConnection' },
    { id },
    canary(random, world),
    7,
  ]);
}

/** A text of the argument's own kind: of oneself, of somebody else, of nobody, or of another kind. */
function textFor(name: string, random: Random, world: World): string {
  const one = someone(random, world);
  const stranger = somebodyElse(one, world);
  switch (name) {
    case 'id':
    case 'connectionId':
      if (!oneIn(random, 3)) return oneIn(random, 3) ? one.accessKey.connectionId : one.oauth.connectionId;
      return random.pick([
        stranger.oauth.connectionId,
        stranger.accessKey.connectionId,
        'con_0',
        canary(random, world),
      ]);
    case 'token':
    case 'tokens':
      return someToken(random, world);
    case 'name':
      // Names come back, so they hold no canary.
      return `sparrow ${random.below(1_000_000)}${random.pick(['', '', '', '\u0301', ' x'.repeat(60), '\u200b', '\0'])}`;
    case 'cidrs':
      return random.pick(['127.0.0.0/8', '127.0.0.1', '::1', '10.0.0.0/8', '1.2.3.4/33', canary(random, world), '']);
    case 'idempotencyKey':
      return random.pick(['k1', 'k2', canary(random, world), 'with space', '']);
    case 'after':
      return random.pick(['MQ', 'bm9uZQ==', canary(random, world), '']);
    default:
      return random.pick([canary(random, world), 'x', '']);
  }
}
