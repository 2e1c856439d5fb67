import type { Revocation } from '../../domain/tokens/revocation.js';

/** A revocation as the database keeps it. */
export interface KeptRevocation {
  readonly revocation: Revocation;
  /** Of its row: another one each time that it is kept anew. */
  readonly version: string;
  /** Whether every replica has been told for sure. */
  readonly isPublished: boolean;
}

/** The revocations that replicas must know, as the database keeps them. */
export interface RevocationStore {
  /** All that may still refuse a token at `now`. */
  list(now: number): Promise<readonly KeptRevocation[]>;
  /** Those that were kept before `before` and that replicas may not have been told. */
  listUnpublished(before: number): Promise<readonly KeptRevocation[]>;
  /** Notes that replicas were told. */
  markPublished(kept: readonly KeptRevocation[]): Promise<void>;
}
