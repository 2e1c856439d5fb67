import { createHash } from 'node:crypto';
import { type GraphQLInputType, type GraphQLSchema, type NamedTypeNode, parse, typeFromAST, visit } from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import { valueFor } from './argument-values.js';
import { mutateDocument, mutateVariables } from './document-mutations.js';
import { DocumentWriter, type Operation } from './documents.js';
import { anyOf, canary, oneIn, type World } from './world.js';

export type Params = Readonly<Record<string, unknown>>;

/** An operation as it should be, or nearly, and what that is called; a document where `noun` does not say otherwise. */
export function operationParams(
  schema: GraphQLSchema,
  random: Random,
  world: World,
  noun: 'document' | 'subscription' = 'document',
): { kind: string; params: Params } {
  const isWanted = (text: string) => noun === 'document' || /subscription (Asked\b|\{)/.test(text);
  const ids = [...world.documents].filter(([, text]) => isWanted(text)).map(([id]) => id);
  if (ids.length > 0 && oneIn(random, 2))
    return { kind: `registered ${noun}`, params: registered(schema, anyOf(random, ids), random, world) };
  const writer = new DocumentWriter(schema, random, world);
  const written = noun === 'document' ? writer.write() : writer.writeSubscription();
  const changed = random.below(10);
  if (changed < 5) return { kind: `valid ${noun}`, params: paramsOf(written) };
  if (changed < 8) return { kind: `changed ${noun}`, params: paramsOf(mutateDocument(written, random, world)) };
  if (changed < 9) {
    return {
      kind: noun === 'document' ? 'changed variables' : 'changed subscription variables',
      params: { ...paramsOf(written), variables: mutateVariables(written, random, world) },
    };
  }
  return {
    kind: noun === 'document' ? 'changed parameters' : 'changed subscription parameters',
    params: mutateParams(paramsOf(written), random, world),
  };
}

function paramsOf({ text, variables, operationName }: Operation): Params {
  const hasVariables = Object.keys(variables).length > 0;
  return {
    query: text,
    ...(hasVariables ? { variables } : {}),
    ...(operationName === undefined ? {} : { operationName }),
  };
}

/** A registered document by its id, its hash or its text. */
function registered(schema: GraphQLSchema, id: string, random: Random, world: World): Params {
  const text = world.documents.get(id) ?? '';
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') };
  const named = random.pick<Params>([
    { documentId: id },
    { documentId: `sha256:${id}` },
    { query: text },
    { extensions: { persistedQuery } },
    { query: text, extensions: { persistedQuery } },
    { query: `${text} `, documentId: id },
  ]);
  const variables = variablesFor(schema, text, random, world);
  const hasName = text.includes(' Asked') && (text.includes(' Other') || oneIn(random, 2));
  return { ...named, variables, ...(hasName ? { operationName: 'Asked' } : {}) };
}

/** Values for the variables of a document, whose names end in those of the arguments that they are for. */
function variablesFor(schema: GraphQLSchema, text: string, random: Random, world: World): Params {
  const variables: Record<string, unknown> = {};
  visit(parse(text), {
    VariableDefinition: ({ variable, type }) => {
      const given = typeFromAST(schema, type as NamedTypeNode) as GraphQLInputType | undefined;
      const { value: name } = variable.name;
      if (given !== undefined) variables[name] = valueFor(given, name.split('_')[1] ?? name, random, world);
    },
  });
  return variables;
}

function mutateParams(params: Params, random: Random, world: World): Params {
  const text = canary(random, world);
  const sha256Hash = createHash('sha256').update(text).digest('hex');
  return anyOf<Params>(random, [
    { ...params, operationName: text },
    { ...params, operationName: 7 },
    { ...params, operationName: '' },
    { ...params, query: [params.query] },
    { ...params, query: '' },
    { query: null },
    { ...params, variables: JSON.stringify({ text }) },
    { ...params, extensions: { persistedQuery: { version: 1, sha256Hash } } },
    { ...params, extensions: { persistedQuery: { version: 2, sha256Hash: text } } },
    { ...params, extensions: { persistedQuery: text } },
    { ...params, extensions: text },
    { ...params, extensions: { 'hmac-signature': text } },
    { documentId: text },
    { ...params, documentId: text },
    { documentId: { id: text } },
    { [text]: text },
    { 0: params, 1: params },
  ]);
}

/** The same as the query of a URL. */
export function searchOf(params: Params): string {
  const pairs = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(pairs).toString();
}
