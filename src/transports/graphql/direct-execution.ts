import type { IncomingHttpHeaders } from 'node:http';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { WholeResponse } from '../http/front-door.js';
import { type Admit, NOT_COUNTED } from './admission.js';
import { type CoercedOperation, coerceOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { type Respond, toGraphqlError } from './execution-response.js';
import { TRACE_HEADER } from './inline-trace.plugin.js';
import type { KnownDocuments } from './known-documents.js';
import type { QueryPlans } from './query-plans.js';
import type { OperationParams } from './request.reader.js';

/** An operation that needs none of Apollo's answers to what is wrong with a request. */
export interface KnownOperation {
  readonly document: DocumentNode;
  readonly coerced: CoercedOperation;
  readonly variables: { readonly [name: string]: unknown };
}

interface Parts {
  readonly schema: GraphQLSchema;
  readonly documents: KnownDocuments;
  readonly admit: Admit;
  readonly respond: Respond;
  /** Undefined: graphql-js executes all. */
  readonly plans: QueryPlans | undefined;
}

/**
 * Executes operations whose documents Apollo has parsed and validated before, without its pipeline: hashing the text,
 * asking each plugin at each stage and negotiating cost more than most of our operations do. Whatever else a request
 * is, Apollo answers it; test/property/direct-execution.test.ts compares the two.
 */
export class DirectExecution {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Undefined where Apollo has to answer. */
  find(
    { query, operationName, variables, extensions }: OperationParams,
    headers: IncomingHttpHeaders,
  ): KnownOperation | undefined {
    if (headers[TRACE_HEADER] !== undefined) return undefined;
    const document = typeof query === 'string' ? this.#parts.documents.findByText(query) : undefined;
    if (document === undefined || !isRecordOrNothing(variables) || !isRecordOrNothing(extensions)) return undefined;
    if (extensions?.persistedQuery !== undefined) return undefined;
    if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined;
    const operation = getOperationAST(document, operationName);
    if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return undefined;
    const given = variables ?? {};
    const coerced = coerceOperation(this.#parts.schema, operation, document, given);
    return coerced && { document, coerced, variables: given };
  }

  /** Executes an operation for its caller; `accept` is the response's media type. */
  async execute(
    operation: KnownOperation,
    context: GraphqlContext,
    accept: string | undefined,
  ): Promise<WholeResponse> {
    const { admit, respond } = this.#parts;
    const { requestId } = context;
    let admission = NOT_COUNTED;
    try {
      admission = await admit(operation.coerced, context);
      return respond(await this.#run(operation, context), { admission, requestId, accept });
    } catch (error) {
      return respond({ errors: [toGraphqlError(error)] }, { admission, requestId, accept });
    }
  }

  async #run({ document, coerced, variables }: KnownOperation, context: GraphqlContext): Promise<ExecutionResult> {
    const { schema, plans } = this.#parts;
    const data = await plans?.execute(coerced, context);
    if (data !== undefined) return { data };
    return execute({
      schema,
      document,
      contextValue: context,
      variableValues: variables,
      operationName: coerced.operation.name?.value,
    });
  }
}

function isRecordOrNothing(value: unknown): value is { readonly [name: string]: unknown } | null | undefined {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}
