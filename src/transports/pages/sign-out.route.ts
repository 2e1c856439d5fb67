import type { FastifyInstance } from 'fastify';
import type { SignOutReach } from '../../domain/sign-in/session.service.js';
import type { Secret } from '../../lib/secrets.js';
import type { SessionCookie } from '../http/session-cookie.js';

/** The paths of sign-out, and what each ends. */
const REACH_OF_PATH: Readonly<Record<string, SignOutReach>> = {
  '/sign-out': 'this session',
  '/sign-out/everywhere': 'all sessions of the user',
};

/** Ends sessions, and takes the cookie back. 204 where there was no session too: the caller is signed out. */
export function registerSignOutRoutes(
  server: FastifyInstance,
  {
    sessions,
    cookie,
  }: { sessions: { signOut(session: Secret, reach: SignOutReach): Promise<void> }; cookie: SessionCookie },
): void {
  for (const [path, reach] of Object.entries(REACH_OF_PATH)) {
    server.post(path, async (request, reply) => {
      const session = cookie.read(request);
      if (session !== undefined) await sessions.signOut(session, reach);
      cookie.clear(reply);
      return reply.code(204).send();
    });
  }
}
