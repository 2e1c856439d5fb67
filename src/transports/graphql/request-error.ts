import type { HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { DomainError, toDomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { fromFramework, logFault } from '../http/error-response.js';
import { JSON_UTF8 } from '../http/request-headers.js';
import { sendBeforeBody } from '../http/unread-body.js';
import { toRequestError } from './format-error.js';

/** Answers a request that held no operation with a GraphQL error. */
export function sendRequestError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger, countError }: { readonly logger: Logger; readonly countError: ((code: string) => void) | undefined },
): FastifyReply {
  const fault = toDomainError(toRequestFault(thrown));
  logFault(fault, request, logger);
  const error = toRequestError(fault, request.id, request.headers.authorization);
  const { http, ...extensions } = error.extensions as { http: { status: number; headers: HeaderMap } };
  countError?.(String(error.extensions.code));
  for (const [name, value] of http.headers) reply.header(name, value);
  const body = JSON.stringify({ errors: [{ message: error.message, extensions }] });
  return sendBeforeBody(request, reply.code(http.status).type(JSON_UTF8), body);
}

function toRequestFault(thrown: unknown): unknown {
  // Fastify's code for a malformed Content-Type.
  if ((thrown as { code?: unknown }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new DomainError('UNSUPPORTED_MEDIA_TYPE');
  }
  return fromFramework(thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown);
}
