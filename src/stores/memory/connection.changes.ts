/**
 * Changes to connections, by any process, as this process hears of them: the basis for remembering connections.
 */
export interface ConnectionChanges {
  /**
   * Whether this process has heard every change acknowledged longer ago than the revocation bound. While false, nobody
   * may use a remembered connection.
   */
  readonly areCurrent: boolean;
  /**
   * Calls `listener` with the id of each changed connection, or with undefined where any may have changed. This process
   * hears its own change before acknowledging it.
   */
  onChange(listener: (connectionId: string | undefined) => void): void;
}
