/** The place of a new event in its organisation's audit log. */
export interface Appended {
  readonly organizationId: string;
  readonly sequence: number;
}

/**
 * Tells that audit logs have grown, by whichever process: whoever follows changes then reads the log behind the last
 * event it has seen. The log is the truth, and the feed a hint that may come twice or out of order.
 */
export interface AuditFeed {
  /**
   * Calls `listener` with each event of a committed change, and with undefined where any log may have grown unheard.
   * Returns a function that ends this.
   */
  onAppended(listener: (appended: Appended | undefined) => void): () => void;
}
