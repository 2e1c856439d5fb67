import type { Connection } from '../connections/connection.js';
import type { Slice } from '../page.js';
import type { AccessToken } from './access-token.js';

/**
 * Access tokens, found by their digests.
 *
 * A token is revoked where it was revoked itself, and where its connection is gone, disabled, or of another generation
 * than the token. A store never gives out a revoked one; whether a token has expired is for its finder to see.
 */
export interface TokenStore {
  /** Adds the tokens; all of them last when the promise resolves, and where it rejects nobody is given one of them. */
  insert(tokens: readonly AccessToken[]): Promise<void>;
  /** What memory alone can prove of a token at this moment; undefined where the store has to be asked. */
  recall(digest: string): AccessToken | undefined;
  /**
   * In the order of `digests`; undefined where there is no such token or it is revoked.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where that cannot be told
   */
  find(digests: readonly string[]): Promise<readonly (AccessToken | undefined)[]>;
  /** The connection's live tokens, newest first, behind the position (issuedAt, ordinal) that `slice.after` gives. */
  listLive(connection: Connection, now: number, slice: Slice<readonly number[]>): Promise<readonly ListedToken[]>;
  /** Revokes one token for good. False where it was revoked before: of racing callers, one gets true. */
  revoke(token: AccessToken): Promise<boolean>;
  /** Forgets at most `limit` things that no token depends on any more at `now`; resolves with how many. */
  sweep(now: number, limit: number): Promise<number>;
}

/** A token in a list, with the number that orders tokens of the same instant. */
export interface ListedToken extends Omit<AccessToken, 'digest'> {
  readonly ordinal: number;
}
