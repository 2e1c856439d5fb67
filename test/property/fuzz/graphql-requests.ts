import { createHash } from 'node:crypto';
import { type GraphQLInputType, type GraphQLSchema, type NamedTypeNode, parse, typeFromAST, visit } from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import { valueFor } from './argument-values.js';
import { mutateDocument, mutateVariables } from './document-mutations.js';
import { DocumentWriter, type Operation } from './documents.js';
import type { Draft } from './input.js';
import { presentBearer } from './presented-credentials.js';
import { presentSession } from './presented-sessions.js';
import { anyOf, canary, oneIn, type World } from './world.js';

type Params = Readonly<Record<string, unknown>>;

/** An operation of the schema, as it should be or nearly, by POST or GET, as anybody. */
export function graphqlRequest(schema: GraphQLSchema, random: Random, world: World): Draft {
  const { caller, headers, session } = (oneIn(random, 3) ? presentSession : presentBearer)(random, world);
  const own = caller === undefined ? world : { ...world, speaker: caller.organizationId };
  const { kind, params } = operationParams(schema, random, own);
  const accept = random.pick<readonly (readonly [string, string])[]>([
    [],
    [['accept', 'application/graphql-response+json']],
    [['accept', 'application/json, application/graphql-response+json;q=0.9']],
    [['accept', oneIn(random, 4) ? 'text/html' : '*/*']],
  ]);
  const trace = oneIn(random, 30) ? [['apollo-federation-include-trace', 'ftv1'] as const] : [];
  const document = typeof params.query === 'string' ? { document: params.query } : {};
  const said = { caller, kind, ...document, ...(session !== undefined && { session }) };
  if (oneIn(random, 5)) {
    const target = `/graphql?${searchOf(params)}`;
    // No GET takes a session.
    const byGet = session !== 'taken' ? said : { ...said, caller: undefined, session: 'refused' as const };
    if (target.length < 12_000)
      return { ...byGet, method: 'GET', target, headers: [...headers, ...accept, ...trace], body: Buffer.alloc(0) };
  }
  const type = ['content-type', oneIn(random, 20) ? 'application/json; charset=utf-8' : 'application/json'] as const;
  const body = Buffer.from(JSON.stringify(params));
  return { ...said, method: 'POST', target: '/graphql', headers: [type, ...headers, ...accept, ...trace], body };
}

function operationParams(schema: GraphQLSchema, random: Random, world: World): { kind: string; params: Params } {
  const ids = [...world.documents.keys()];
  if (ids.length > 0 && oneIn(random, 2))
    return { kind: 'registered document', params: registered(schema, anyOf(random, ids), random, world) };
  const written = new DocumentWriter(schema, random, world).write();
  const changed = random.below(10);
  if (changed < 5) return { kind: 'valid document', params: paramsOf(written) };
  if (changed < 8) return { kind: 'changed document', params: paramsOf(mutateDocument(written, random, world)) };
  if (changed < 9) {
    return {
      kind: 'changed variables',
      params: { ...paramsOf(written), variables: mutateVariables(written, random, world) },
    };
  }
  return { kind: 'changed parameters', params: mutateParams(paramsOf(written), random, world) };
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

function searchOf(params: Params): string {
  const pairs = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(pairs).toString();
}
