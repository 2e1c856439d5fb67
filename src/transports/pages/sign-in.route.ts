import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { User } from '../../domain/principal.js';
import { Secret } from '../../lib/secrets.js';
import type { SessionCookie } from '../http/session-cookie.js';
import { CONTENT_SECURITY_POLICY, expiredPage, foreignPage, offerPage } from './sign-in.page.js';

const HTML = 'text/html; charset=utf-8';

/** Both methods throw DomainError INVALID_TOKEN for a foreign or expired code. */
interface SignIns {
  /** Returns the user whom the code would sign in. */
  verify(code: Secret): User;
  /** The secret of a new session. @throws DomainError INVALID_TOKEN for a used code too */
  redeem(code: Secret): Promise<Secret>;
}

/**
 * Serves the page of a one-time sign-in link, which leads to the console. Previews, scanners and prefetching browsers send
 * GET and HEAD, which are safe (RFC 9110 section 9.2.1), so only the button's POST spends the code. A page of another site
 * may have a link of its own: its POST would sign visitors in as somebody else, so it is refused.
 */
export function registerSignInRoute(
  server: FastifyInstance,
  { path, signIns, cookie }: { path: string; signIns: SignIns; cookie: SessionCookie },
): void {
  server.get(path, (request, reply) =>
    answer(reply, () => reply.type(HTML).send(offerPage(signIns.verify(codeOf(request))))),
  );
  server.post(path, (request, reply) =>
    answer(reply, async () => {
      if (!isOfOwnButton(request)) return reply.code(403).type(HTML).send(foreignPage());
      cookie.set(reply, await signIns.redeem(codeOf(request)));
      // Relative, so that a proxy's path prefix stays.
      return reply.code(303).header('location', './').send();
    }),
  );
}

/**
 * Browsers set `Sec-Fetch-Site` and let no page set it (Fetch Metadata, section 2.3). `Origin` would not do: it is `null`
 * on a page without a referrer. What is no browser sends neither, and has no visitor to be signed in.
 */
function isOfOwnButton({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
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
    return reply.code(401).type(HTML).send(expiredPage());
  }
}
