import type { Connection } from '../connections/connection.js';
import type { Slice } from '../page.js';
import type { AccessToken, FoundToken } from './access-token.js';

/** Access tokens, found by their digests. */
export interface TokenStore {
  /** Adds all of them or none; they last when the promise resolves. */
  insert(tokens: readonly AccessToken[]): Promise<void>;
  /** In the order of `digests`; undefined where there is no such token or it was revoked. */
  find(digests: readonly string[]): Promise<readonly (FoundToken | undefined)[]>;
  /** The connection's live tokens, newest first, behind the position (issuedAt, ordinal) that `slice.after` gives. */
  listLive(connection: Connection, now: number, slice: Slice<readonly number[]>): Promise<readonly ListedToken[]>;
  /** Revokes one token for good. False where there was nothing to revoke: of racing callers, one gets true. */
  revoke(id: string): Promise<boolean>;
  /** Forgets at most `limit` tokens that have expired at `now`; resolves with how many. */
  sweep(now: number, limit: number): Promise<number>;
}

/** A token in a list, with the number that orders tokens of the same instant. */
export interface ListedToken extends AccessToken {
  readonly ordinal: number;
}
