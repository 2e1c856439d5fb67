import type { Connection } from '../connections/connection.js';
import type { Position, Slice } from '../page.js';
import type { AccessToken } from './access-token.js';

/**
 * Access tokens, found by their digests.
 *
 * A token is revoked where it was revoked itself, and where its connection is gone, disabled, or of another generation
 * than the token. A store never gives out a revoked one; whether a token has expired is for its finder to see.
 */
export interface TokenStore {
  /** Adds a token: it lasts when the promise resolves, and where it rejects nobody is given it. */
  insert(token: AccessToken): Promise<void>;
  /**
   * Undefined where there is no such token or it is revoked.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where that cannot be told
   */
  find(digest: string): Promise<AccessToken | undefined>;
  /** Whether memory proves that finding a token again would come to the same; false where it has to be asked. */
  isCurrent(token: AccessToken): boolean;
  /** The connection's live tokens, newest first and by falling id, behind the position [issuedAt, id]. */
  listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]>;
  /** Forgets at most `limit` things that no token depends on any more at `now`; resolves with how many. */
  sweep(now: number, limit: number): Promise<number>;
}

/** Changes tokens by what is recorded: there is one of these in each `change` of the database. */
export interface TokenWriter {
  insert(token: AccessToken): Promise<void>;
  /** Revokes one token for good. False where it was revoked before: of racing callers, one gets true. */
  revoke(token: AccessToken): Promise<boolean>;
}

/** A token in a list. */
export type ListedToken = Omit<AccessToken, 'digest'>;
