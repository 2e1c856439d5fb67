import type { FastifyInstance } from 'fastify';
import type { SignOutReach } from '../../domain/sign-in/session.service.js';
import type { Secret } from '../../lib/secrets.js';
import type { SessionCookie } from '../http/session-cookie.js';

/** The paths of sign-out, and what each ends. */
const REACH_OF_PATH: Readonly<Record<string, SignOutReach>> = {
  '/sign-out': 'this session',
  '/sign-out/everywhere': 'all sessions of the user',
};

/**
 * Ends sessions, and takes the cookie back. A sign-out of this session is 204 where there is none too: the caller is signed
 * out. One of all sessions is 401 then, since nobody knows whose they are.
 */
export function registerSignOutRoutes(
  server: FastifyInstance,
  {
    sessions,
    cookie,
  }: { sessions: { signOut(session: Secret | undefined, reach: SignOutReach): Promise<void> }; cookie: SessionCookie },
): void {
  for (const [path, reach] of Object.entries(REACH_OF_PATH)) {
    server.post(path, async (request, reply) => {
      const session = cookie.read(request);
      cookie.clear(reply);
      await sessions.signOut(session, reach);
      return reply.code(204).send();
    });
  }
}
