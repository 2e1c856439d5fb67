import type { Revocation } from '../../domain/tokens/revocation.js';

/** A revocation as the database keeps it. */
export interface KeptRevocation {
  readonly revocation: Revocation;
  /** The row's version: a new one each time the revocation is kept again. */
  readonly version: string;
  /** Whether every replica has been told for sure. */
  readonly isPublished: boolean;
}

/** The revocations that replicas must know, as the database keeps them. */
export interface RevocationStore {
  /** Revocations that may still refuse a token at `now`. */
  list(now: number): Promise<readonly KeptRevocation[]>;
  /** Revocations that replicas may not know, kept more than `afterMs` before `now`, or dated after it. */
  listUnpublished(now: number, afterMs: number): Promise<readonly KeptRevocation[]>;
  /** Notes that every replica was told. */
  markPublished(kept: readonly KeptRevocation[]): Promise<void>;
}
