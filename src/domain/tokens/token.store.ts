import type { Connection } from '../connections/connection.js';
import type { Position, Slice } from '../page.js';
import type { AccessToken } from './access-token.js';

/**
 * Access tokens, found by their digests.
 *
 * A token counts as revoked after its own revocation, and where its connection is gone, disabled, or of another
 * generation. A store never returns a revoked token; the caller checks the expiry.
 */
export interface TokenStore {
  /** Adds a token, durable when the promise resolves; after a rejection nobody gets the token. */
  insert(token: AccessToken): Promise<void>;
  /**
   * Undefined where the token is unknown or revoked.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where the store cannot tell
   */
  find(digest: string): Promise<AccessToken | undefined>;
  /** What memory alone proves that `find` would return, null for no token; undefined where memory cannot tell. */
  recall(digest: string): AccessToken | null | undefined;
  /** The connection's live tokens, newest first and by falling id, after the position [issuedAt, id]. */
  listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]>;
  /** Forgets at most `limit` things that no token depends on at `now`; resolves with their number. */
  sweep(now: number, limit: number): Promise<number>;
}

/** Changes tokens with a record. Only a `change` of the database hands out a writer. */
export interface TokenWriter {
  insert(token: AccessToken): Promise<void>;
  /** Revokes one token for good. False for a revoked token: of racing callers, one gets true. */
  revoke(token: Pick<AccessToken, 'id' | 'expiresAt'>): Promise<boolean>;
}

/** A token in a list. */
export type ListedToken = Omit<AccessToken, 'digest'>;
