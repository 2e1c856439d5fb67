import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';

const METHODS = ['GET', 'HEAD', 'POST'] as const;

/**
 * What is wrong with a request that no route takes: its method, where `Allow` then names those that are taken, or its
 * path.
 */
export function explainUnrouted(server: FastifyInstance, request: FastifyRequest, reply: FastifyReply): DomainError {
  const path = routePatternOf(request.url);
  const allowed = METHODS.filter((method) => server.hasRoute({ method, url: path }));
  if (allowed.length === 0) return new DomainError('NOT_FOUND');
  reply.header('allow', allowed.join(', '));
  return new DomainError('METHOD_NOT_ALLOWED');
}

/**
 * The path of a target, which may be in absolute form (RFC 9112 section 3.2.2), as the router has it of a fixed path.
 */
function routePatternOf(target: string): string {
  const [path = ''] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
  // The router takes what it is asked for as a pattern.
  return decodeURI(path).replaceAll(':', '::');
}
