import type { IncomingHttpHeaders } from 'node:http';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { Logger } from '../../lib/logger.js';
import type { WholeResponse } from '../http/front-door.js';
import { type Admission, type Admit, describeStanding, NOT_COUNTED, standingHeaders } from './admission.js';
import { type CoercedOperation, coerceOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { formatError, logFaults } from './format-error.js';
import { TRACE_HEADER } from './inline-trace.plugin.js';
import type { KnownDocuments } from './known-documents.js';
import { contentTypeOf } from './media-type.js';
import type { OperationParams } from './request.reader.js';
import { statusFor } from './status.plugin.js';

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
  /** Whether messages may name schema members. */
  readonly suggests: boolean;
  readonly countError: ((code: string) => void) | undefined;
  readonly logger: Logger;
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
    { document, coerced, variables }: KnownOperation,
    context: GraphqlContext,
    accept: string | undefined,
  ): Promise<WholeResponse> {
    let admission = NOT_COUNTED;
    try {
      admission = await this.#parts.admit(coerced, context);
      const result = await execute({
        schema: this.#parts.schema,
        document,
        contextValue: context,
        variableValues: variables,
        operationName: coerced.operation.name?.value,
      });
      return this.#respond(result, admission, context, accept);
    } catch (error) {
      return this.#respond({ errors: [toGraphqlError(error)] }, admission, context, accept);
    }
  }

  #respond(
    { data, errors }: ExecutionResult,
    admission: Admission,
    { requestId }: GraphqlContext,
    accept: string | undefined,
  ): WholeResponse {
    const headers: Record<string, string> = { 'content-type': contentTypeOf(accept) };
    let status: number | undefined;
    let formatted: GraphQLFormattedError[] | undefined;
    if (errors !== undefined) {
      logFaults(errors, requestId, this.#parts.logger);
      status = data === undefined ? 500 : undefined;
      for (const { extensions } of errors) {
        const http = extensions.http as { status?: number; headers?: ReadonlyMap<string, string> } | undefined;
        status = http?.status ?? status;
        for (const [name, value] of http?.headers ?? []) headers[name] = value;
      }
      formatted = errors.map((error) => this.#format(error));
      status = statusFor(status, errors, accept);
    }
    Object.assign(headers, standingHeaders(admission, errors));
    const body = { errors: formatted, data, extensions: describeStanding(admission) };
    return { status: status ?? 200, headers, body: `${JSON.stringify(body)}\n` };
  }

  #format(error: GraphQLError): GraphQLFormattedError {
    const { extensions } = error;
    const code = extensions.code ?? 'INTERNAL_SERVER_ERROR';
    const given = { ...error.toJSON(), extensions: { ...extensions, code } };
    const formatted = formatError(given, error, this.#parts.suggests);
    this.#parts.countError?.(String(formatted.extensions?.code));
    return formatted;
  }
}

function isRecordOrNothing(value: unknown): value is { readonly [name: string]: unknown } | null | undefined {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

function toGraphqlError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(error.message, { originalError: error });
}
