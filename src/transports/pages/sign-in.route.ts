import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { User } from '../../domain/principal.js';
import type { SignedIn } from '../../domain/sign-in/sign-in.service.js';
import { Secret } from '../../lib/secrets.js';
import { CONTENT_SECURITY_POLICY, expiredPage, offerPage, signedInPage } from './sign-in.page.js';

/** Both methods throw DomainError INVALID_TOKEN for a foreign or expired code. */
interface SignIns {
  /** Returns the user whom the code would sign in. */
  verify(code: Secret): User;
  /** @throws DomainError INVALID_TOKEN for a used code too */
  redeem(code: Secret): Promise<SignedIn>;
}

/**
 * Serves the page of a one-time sign-in link. Previews, scanners and prefetching browsers send GET and HEAD, which are
 * safe (RFC 9110 section 9.2.1), so only the button's POST spends the code. The secret code in the URL rules out CSRF.
 */
export function registerSignInRoute(
  server: FastifyInstance,
  options: { path: string; signIns: SignIns; graphqlUrl: () => string; sandbox: boolean },
): void {
  const { path, signIns, graphqlUrl, sandbox } = options;
  server.get(path, (request, reply) => sendPage(reply, async () => offerPage(signIns.verify(codeOf(request)))));
  server.post(path, (request, reply) =>
    sendPage(reply, async () => signedInPage(await signIns.redeem(codeOf(request)), graphqlUrl(), sandbox)),
  );
}

/** The URL holds the code, like an OAuth authorization code (RFC 6749 section 4.1.2). */
function codeOf(request: FastifyRequest): Secret {
  const { code } = request.query as { code?: unknown };
  return new Secret(typeof code === 'string' ? code : '');
}

async function sendPage(reply: FastifyReply, show: () => Promise<string>): Promise<FastifyReply> {
  reply
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .type('text/html; charset=utf-8');
  try {
    return reply.send(await show());
  } catch (error) {
    if (!(error instanceof DomainError) || error.category !== 'unauthenticated') throw error;
    return reply.code(401).send(expiredPage());
  }
}
