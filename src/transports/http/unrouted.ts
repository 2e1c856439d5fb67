import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';

const METHODS = ['GET', 'HEAD', 'POST'] as const;

/** Explains why no route takes a request: its path, or its method; then `Allow` names the path's methods. */
export function explainUnrouted(server: FastifyInstance, request: FastifyRequest, reply: FastifyReply): DomainError {
  const path = routePatternOf(request.url);
  // No path of ours has an asterisk, which the router would read as a wildcard.
  if (path.includes('*')) return new DomainError('NOT_FOUND');
  const allowed = METHODS.filter((method) => server.hasRoute({ method, url: path }));
  if (allowed.length === 0) return new DomainError('NOT_FOUND');
  reply.header('allow', allowed.join(', '));
  return new DomainError('METHOD_NOT_ALLOWED');
}

/** The route pattern of a request target, which may be in absolute form (RFC 9112 section 3.2.2). */
function routePatternOf(target: string): string {
  // The router reads nothing behind a `#` either, which need not be percent-encoded text then.
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  // The router would read a colon as a parameter.
  return decodeURI(path).replaceAll(':', '::');
}
