import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { User } from '../../domain/principal.js';
import { Secret } from '../../lib/secrets.js';
import type { SessionCookie } from '../http/session-cookie.js';
import { CONTENT_SECURITY_POLICY, expiredPage, offerPage } from './sign-in.page.js';

/** Both methods throw DomainError INVALID_TOKEN for a foreign or expired code. */
interface SignIns {
  /** Returns the user whom the code would sign in. */
  verify(code: Secret): User;
  /** The secret of a new session. @throws DomainError INVALID_TOKEN for a used code too */
  redeem(code: Secret): Promise<Secret>;
}

/**
 * Serves the page of a one-time sign-in link, which leads to the console. Previews, scanners and prefetching browsers send
 * GET and HEAD, which are safe (RFC 9110 section 9.2.1), so only the button's POST spends the code. The secret code in the
 * URL rules out CSRF.
 */
export function registerSignInRoute(
  server: FastifyInstance,
  { path, signIns, cookie }: { path: string; signIns: SignIns; cookie: SessionCookie },
): void {
  server.get(path, (request, reply) =>
    answer(reply, () => reply.type('text/html; charset=utf-8').send(offerPage(signIns.verify(codeOf(request))))),
  );
  server.post(path, (request, reply) =>
    answer(reply, async () => {
      cookie.set(reply, await signIns.redeem(codeOf(request)));
      // Relative, so that a proxy's path prefix stays.
      return reply.code(303).header('location', './').send();
    }),
  );
}

/** The URL holds the code, like an OAuth authorization code (RFC 6749 section 4.1.2). */
function codeOf(request: FastifyRequest): Secret {
  const { code } = request.query as { code?: unknown };
  return new Secret(typeof code === 'string' ? code : '');
}

async function answer(reply: FastifyReply, send: () => FastifyReply | Promise<FastifyReply>): Promise<FastifyReply> {
  reply
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff');
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof DomainError) || error.category !== 'unauthenticated') throw error;
    return reply.code(401).type('text/html; charset=utf-8').send(expiredPage());
  }
}
