import type { Clock } from '../../lib/clock.js';
import type { Database } from './database.js';

/** Far longer than a sign-in link lives or a client repeats a create, however far the replicas' clocks differ. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Forgets used sign-in links and idempotency keys once nobody can use them again. */
export async function sweepUsedOnce(
  { signIns, idempotentCreates }: Pick<Database, 'signIns' | 'idempotentCreates'>,
  clock: Clock,
): Promise<void> {
  const before = clock.now() - KEPT_MS;
  await signIns.sweep(before);
  await idempotentCreates.sweep(before);
}
