import type { Decision } from './call-log.js';
import type { Quota } from './quota.js';

/**
 * How calls are counted at the moment. `exact`: as the quotas say. `closed`: the count cannot be reached and calls are
 * refused. `share`: it cannot be reached and this replica admits its share of each quota.
 */
export type CountingMode = 'exact' | 'closed' | 'share';

/**
 * Counts calls against quotas, exactly: of one subject never more are admitted than its quota says, in whatever window
 * and by however many processes, and what is refused counts nowhere.
 */
export interface CallCounter {
  readonly mode: CountingMode;
  /**
   * Admits calls of `cost`, at most what the quota ever admits, together or not at all. A cost of 0 asks how things stand.
   * What is asked in one turn of the event loop is decided on in its order.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where it cannot be told; the calls may count then
   */
  count(subject: string, quota: Quota, cost: number): Decision | Promise<Decision>;
  /** Makes what was counted outlast the process, where it does not by itself. */
  keep(): Promise<void>;
}
