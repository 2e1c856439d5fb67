import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { DomainError } from '../../domain/errors.js';
import { DOCUMENT_LIMITS, documentLimitsRule, ERRORS_MAX } from './document-limits.js';
import { negotiateMediaType } from './media-type.js';
import type { OperationParams } from './request.reader.js';
import { negotiateStreamForm } from './stream-form.js';

/** A subscription as a client asked for it. */
export interface SubscriptionRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: { readonly [name: string]: unknown };
}

/**
 * The subscription that a client asks for; undefined for whatever else it asks, which Apollo reads.
 * @throws DomainError INVALID_REQUEST where its variables are no object
 */
export function findSubscription({
  query,
  operationName,
  variables,
}: OperationParams): SubscriptionRequest | undefined {
  // Nearly all requests end here, unparsed.
  if (typeof query !== 'string' || !query.includes('subscription')) return undefined;
  const document = parseOrNothing(query);
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined;
  const name = typeof operationName === 'string' && operationName !== '' ? operationName : undefined;
  const operation = document && getOperationAST(document, name);
  if (document === undefined || operation?.operation !== OperationTypeNode.SUBSCRIPTION) return undefined;
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw new DomainError('INVALID_REQUEST', { hint: 'The variables must be one JSON object.' });
  }
  return { document, operation, variables: (variables ?? {}) as SubscriptionRequest['variables'] };
}

/**
 * Whether a client that reads streams alone has to be told in JSON what is wrong: it means a subscription that
 * `findSubscription` could not read.
 */
export function isBrokenSubscription({ query }: OperationParams, accept: string | undefined): boolean {
  const isMeant = typeof query === 'string' && /^(?:[\s,]|#[^\n]*\n)*subscription\b/.test(query);
  return isMeant && negotiateMediaType(accept) === undefined && negotiateStreamForm(accept) !== undefined;
}

/** The errors of a document that does not fit the schema, or is too large. */
export function validateSubscription(schema: GraphQLSchema, { document }: SubscriptionRequest): GraphQLError[] {
  return validate(schema, document, [documentLimitsRule, ...specifiedRules], { maxErrors: ERRORS_MAX }).map(
    (error) =>
      new GraphQLError(error.message, {
        nodes: error.nodes ?? null,
        originalError: error,
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
      }),
  );
}

/** What does not parse is for Apollo to explain. */
function parseOrNothing(query: string): DocumentNode | undefined {
  try {
    return parse(query, { maxTokens: DOCUMENT_LIMITS.tokens });
  } catch {
    return undefined;
  }
}
