/**
 * What this process hears of changes to connections, whichever process made them: the ground on which what was read of
 * one may be remembered.
 */
export interface ConnectionChanges {
  /**
   * Whether every change that was acknowledged longer ago than the revocation bound has been heard. While not, nothing
   * that is remembered may be used.
   */
  readonly areCurrent: boolean;
  /**
   * Calls `listener` with the id of each connection that changed, or with undefined where any may have. A change of this
   * process's own is heard before it is acknowledged.
   */
  onChange(listener: (connectionId: string | undefined) => void): void;
}
