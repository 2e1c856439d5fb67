import type { Clock } from '../../lib/clock.js';
import { SESSION_IDLE_MS, SESSION_LIFETIME_MS } from '../sign-in/session.js';
import type { Database } from './database.js';

/** Far longer than a sign-in link lives or a client repeats a create, however far the replicas' clocks differ. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Forgets used sign-in links, idempotency keys and sessions once nobody can use them again. */
export async function sweepUsedOnce(
  { signIns, sessions, idempotentCreates }: Pick<Database, 'signIns' | 'sessions' | 'idempotentCreates'>,
  clock: Clock,
): Promise<void> {
  const before = clock.now() - KEPT_MS;
  await signIns.sweep(before);
  await sessions.sweep({ createdAt: before - SESSION_LIFETIME_MS, lastSeenAt: before - SESSION_IDLE_MS });
  await idempotentCreates.sweep(before);
}
