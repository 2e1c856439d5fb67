import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../lib/logger.js';
import type { WholeResponse } from '../http/front-door.js';
import { type Admission, describeStanding, standingHeaders } from './admission.js';
import { formatError, logFaults } from './format-error.js';
import { contentTypeOf } from './media-type.js';
import { statusFor } from './status.plugin.js';

export interface ResponseParts {
  /** Whether messages may name schema members. */
  readonly suggests: boolean;
  readonly countError: ((code: string) => void) | undefined;
  readonly logger: Logger;
}

interface Answered {
  readonly admission: Admission;
  readonly requestId: string;
  /** The response's media type. */
  readonly accept: string | undefined;
}

/** Makes the response to an operation, as Apollo would. */
export type Respond = (result: ExecutionResult, answered: Answered) => WholeResponse;

export function createRespond(parts: ResponseParts): Respond {
  return ({ data, errors }, { admission, requestId, accept }) => {
    const headers: Record<string, string> = { 'content-type': contentTypeOf(accept) };
    let status: number | undefined;
    let formatted: GraphQLFormattedError[] | undefined;
    if (errors !== undefined) {
      status = data === undefined ? 500 : undefined;
      for (const { extensions } of errors) {
        const http = extensions.http as { status?: number; headers?: ReadonlyMap<string, string> } | undefined;
        status = http?.status ?? status;
        for (const [name, value] of http?.headers ?? []) headers[name] = value;
      }
      formatted = formatErrors(errors, requestId, parts);
      status = statusFor(status, errors, accept);
    }
    Object.assign(headers, standingHeaders(admission, errors));
    const body = { errors: formatted, data, extensions: describeStanding(admission) };
    return { status: status ?? 200, headers, body: `${JSON.stringify(body)}\n` };
  };
}

/** Errors as the client sees them; our own faults are logged. */
export function formatErrors(
  errors: readonly GraphQLError[],
  requestId: string,
  { suggests, countError, logger }: ResponseParts,
): GraphQLFormattedError[] {
  logFaults(errors, requestId, logger);
  return errors.map((error) => {
    const { extensions } = error;
    const code = extensions.code ?? 'INTERNAL_SERVER_ERROR';
    const given = { ...error.toJSON(), extensions: { ...extensions, code } };
    const formatted = formatError(given, error, suggests);
    countError?.(String(formatted.extensions?.code));
    return formatted;
  });
}

export function toGraphqlError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(error.message, { originalError: error });
}
