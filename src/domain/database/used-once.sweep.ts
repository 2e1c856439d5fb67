import type { Clock } from '../../lib/clock.js';
import type { Database } from './database.js';

/** Far longer than a sign-in link lives, whatever the clocks of replicas say, and than a create is repeated. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Forgets what is kept so that it is not done twice, once nobody can do it again: used links, keys of creates. */
export async function sweepUsedOnce(
  { signIns, idempotentCreates }: Pick<Database, 'signIns' | 'idempotentCreates'>,
  clock: Clock,
): Promise<void> {
  const before = clock.now() - KEPT_MS;
  await signIns.sweep(before);
  await idempotentCreates.sweep(before);
}
