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

/** Undefined for an error of graphql-js about the request. */
function categoryOf(thrown: unknown): ErrorCategory | undefined {
  const cause = thrown instanceof GraphQLError ? thrown.originalError : thrown;
  return cause === undefined ? undefined : toDomainError(cause).category;
}

/** Gives an error because of which no stream begins its code and its status. */
export function explainSubscribeError(error: GraphQLError, { id, headers }: FastifyRequest): GraphQLError {
  if (error.extensions.http !== undefined) return error;
  if (error.originalError !== undefined) return toRequestError(error.originalError, id, headers.authorization);
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT', http: { status: 400 } };
  return new GraphQLError(error.message, { nodes: error.nodes ?? null, originalError: error, extensions });
}
