import type { FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { type ErrorCategory, toDomainError } from '../../domain/errors.js';
import { toRequestError } from './format-error.js';

/** Whether the caller may not do this, now or ever. */
export function isRefusal(thrown: unknown): boolean {
  const category = categoryOf(thrown);
  return category === 'unauthenticated' || category === 'forbidden';
}

/** Whether something is broken, here or in what the gateway depends on. */
export function isFault(thrown: unknown): boolean {
  const category = categoryOf(thrown);
  return category === 'internal' || category === 'unavailable';
}

function categoryOf(thrown: unknown): ErrorCategory | undefined {
  const cause = causeOf(thrown);
  return cause === undefined ? undefined : toDomainError(cause).category;
}

/** What went wrong outside graphql-js; undefined for its own errors about the request, which it wraps in others of its own. */
function causeOf(thrown: unknown): unknown {
  return thrown instanceof GraphQLError ? causeOf(thrown.originalError) : thrown;
}

/** Gives an error because of which no stream begins its code and its status. */
export function explainSubscribeError(error: GraphQLError, { id, headers }: FastifyRequest): GraphQLError {
  if (error.extensions.http !== undefined) return error;
  const cause = causeOf(error);
  if (cause !== undefined) return toRequestError(cause, id, headers.authorization);
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT', http: { status: 400 } };
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    originalError: error.originalError ?? error,
    extensions,
  });
}
