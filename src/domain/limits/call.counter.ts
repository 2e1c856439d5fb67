import type { Decision } from './call-log.js';
import type { Quota } from './quota.js';

/**
 * How the gateway counts calls now. `exact`: by the quotas. `closed`: the count is unreachable and the gateway refuses
 * calls. `share`: the count is unreachable and this replica admits its share of each quota.
 */
export type CountingMode = 'exact' | 'closed' | 'share';

/**
 * Counts calls against quotas, exactly: a subject never exceeds its quota, in any window and across all processes, and
 * a refused call counts nowhere.
 */
export interface CallCounter {
  readonly mode: CountingMode;
  /**
   * Admits calls of `cost` together or not at all; `cost` is at most the quota itself. A cost of 0 only reads. Requests
   * of one turn of the event loop take effect in their order.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where the counter cannot decide; the calls may then count
   */
  count(subject: string, quota: Quota, cost: number): Decision | Promise<Decision>;
  /** Persists the counts, where the counter does not persist them by itself. */
  keep(): Promise<void>;
}
