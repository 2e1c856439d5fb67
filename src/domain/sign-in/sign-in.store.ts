/** The used one-time sign-in links. */
export interface SignInReader {
  /** Whether anybody ever signed in by a link. */
  hasAny(): Promise<boolean>;
  /** Forgets links used before this instant, except the newest, which proves that somebody has signed in. */
  sweep(before: number): Promise<void>;
}

/** Uses links, in the transaction that records the sign-in. */
export interface SignInWriter {
  /** Marks the link as used. False for a used link: of any number of racing callers, one gets true. */
  consume(id: string, at: number): Promise<boolean>;
}
