/** The one-time sign-in links that were used. */
export interface SignInReader {
  /** Whether anybody ever signed in by a link. */
  hasAny(): Promise<boolean>;
  /** Forgets the links that were used before this instant, but for the newest one: somebody has signed in. */
  sweep(before: number): Promise<void>;
}

/** Uses links, in the change that records who signed in. */
export interface SignInWriter {
  /** Marks the link as used. False where it was used before: of any number of racing callers one gets true. */
  consume(id: string, at: number): Promise<boolean>;
}
