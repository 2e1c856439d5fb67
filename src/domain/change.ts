/** The one way to a recorded change, for a service that writes by `Writers` and by nothing else. */
export interface Changing<Writers> {
  /**
   * Runs `work` on one organisation so that all of it lasts or none of it; those of one organisation run one after the
   * other. What it resolves with is durable, synced to disk before the promise resolves, and what it revokes is refused
   * by every process within the revocation bound. Throwing undoes everything and rethrows. Write by what is handed in
   * alone.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where that cannot be done, or cannot be known to have been done
   */
  change<T>(organizationId: string, work: (writers: Writers) => Promise<T>): Promise<T>;
}
