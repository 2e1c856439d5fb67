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
  /** Revocations kept before `before` that replicas may not know. */
  listUnpublished(before: number): Promise<readonly KeptRevocation[]>;
  /** Notes that every replica was told. */
  markPublished(kept: readonly KeptRevocation[]): Promise<void>;
}
