import type { GraphQLResolverMap } from '@apollo/subgraph';
// Of the package's parts this alone is needed: its index loads a second copy of @graphql-tools/utils.
import { buildSubgraphSchema } from '@apollo/subgraph/dist/buildSubgraphSchema.js';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, lexicographicSortSchema, parse } from 'graphql';
import { createResolversMap } from 'type-graphql';

/** An entity's `__resolveReference`: finds what a router refers to by its key. */
export type ReferenceResolver<Reference, Context> = (reference: Reference, context: Context) => unknown;

/** The SDL of what type-graphql declared, sorted to be stable, after the links to federation. */
export function printSubgraphSdl(declared: GraphQLSchema, links: string): string {
  return `${links}\n${printSchemaWithDirectives(lexicographicSortSchema(declared))}\n`;
}

/** Makes a subgraph of what type-graphql declared: type-graphql knows neither federation's links nor its references. */
export function buildSubgraph<Reference, Context>(
  declared: GraphQLSchema,
  links: string,
  references: Readonly<Record<string, ReferenceResolver<Reference, Context>>>,
): GraphQLSchema {
  const declaredResolvers = createResolversMap(declared);
  const entities = Object.entries(references).map(([type, __resolveReference]) => [
    type,
    { ...declaredResolvers[type], __resolveReference },
  ]);
  const resolvers = { ...declaredResolvers, ...Object.fromEntries(entities) } as GraphQLResolverMap<unknown>;
  return buildSubgraphSchema([{ typeDefs: parse(printSubgraphSdl(declared, links)), resolvers }]);
}
