/** The only way to make a recorded change, for a service that writes through `Writers`. */
export interface Changing<Writers> {
  /**
   * Runs `work` on one organisation, wholly or not at all; changes of one organisation run one after the other. The
   * change is synced to disk before the promise resolves, and every process refuses what `work` revokes within the
   * revocation bound. An error undoes the change and reaches the caller. `work` writes through the given writers alone.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where the database cannot make the change, or cannot confirm it
   */
  change<T>(organizationId: string, work: (writers: Writers) => Promise<T>): Promise<T>;
}
