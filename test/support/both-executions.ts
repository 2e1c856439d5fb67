import { execute, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import { expect } from 'vitest';
import { type CoercedOperation, coerceOperation } from '../../src/transports/graphql/coerced-operation.js';
import type { GraphqlContext } from '../../src/transports/graphql/context.js';
import { QueryPlans } from '../../src/transports/graphql/query-plans.js';

/** The one operation of a document. */
export function coercedOf(
  schema: GraphQLSchema,
  text: string,
  variables: Readonly<Record<string, unknown>> = {},
): CoercedOperation {
  const document = parse(text);
  const operation = getOperationAST(document) ?? expect.unreachable(text);
  return coerceOperation(schema, operation, document, variables) ?? expect.unreachable(text);
}

/** Executes an operation by its plan, if that answers, and by graphql-js; the data of each as JSON. */
export async function executeBoth(
  schema: GraphQLSchema,
  text: string,
  { contextValue, variables }: { contextValue: GraphqlContext; variables: Readonly<Record<string, unknown>> },
) {
  const planned = await new QueryPlans(schema).execute(coercedOf(schema, text, variables), contextValue);
  const plain = await execute({ schema, document: parse(text), contextValue, variableValues: variables });
  return { planned: JSON.stringify(planned), plain: JSON.stringify(plain.data), errors: plain.errors };
}
