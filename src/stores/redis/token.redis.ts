import { Cluster } from 'ioredis';
import type { TokenUse } from '../../domain/access/usage.store.js';
import type { Connection } from '../../domain/connections/connection.js';
import type { Slice } from '../../domain/page.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken } from '../../domain/tokens/token.store.js';
import { BoundedMap } from '../../lib/bounded-map.js';
import type { RevocationFeed } from '../revocation-feed.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { type Command, sendTogether } from './command-batch.js';
import { tokenKey } from './keys.js';
import { TokenRecords, toRecord } from './token.record.js';
import { RedisTokenList } from './token-list.redis.js';

/**
 * Access tokens in Redis, with those that were looked up lately in memory. A token's record never changes, so that what
 * is remembered cannot be stale: whether it is revoked is asked of the feed at each use, and without the feed's proof
 * nothing is answered from memory.
 */
export class RedisTokenStore {
  readonly #redis: RedisClient;
  readonly #feed: RevocationFeed;
  /** About 400 bytes each. */
  readonly #remembered: BoundedMap<string, AccessToken>;
  readonly #records = new TokenRecords();
  readonly #list: RedisTokenList;

  constructor(redis: RedisClient, feed: RevocationFeed, rememberedMax: number) {
    this.#redis = redis;
    this.#list = new RedisTokenList(redis);
    this.#remembered = new BoundedMap(rememberedMax);
    this.#feed = feed;
    // Where Redis may have lost tokens, every replica gives the same answer: Redis's.
    feed.onChange((connectionId) => {
      if (connectionId === undefined) this.#remembered.clear();
    });
  }

  async insert(tokens: readonly AccessToken[]): Promise<void> {
    // A record before its place in the list: what is listed exists.
    const records = tokens.map(
      (token): Command => ['set', tokenKey(token.digest), toRecord(token), 'PX', token.expiresAt - token.issuedAt],
    );
    await sendTogether(this.#redis, [...records, ...this.#list.addCommands(tokens)]);
  }

  recall(digest: string): AccessToken | undefined {
    const token = this.#remembered.get(digest);
    return token === undefined || !this.#feed.areCurrent || this.#feed.isRevoked(token) ? undefined : token;
  }

  async find(digests: readonly string[]): Promise<readonly (AccessToken | undefined)[]> {
    if (!this.#feed.areCurrent) await this.#feed.ensureCurrent();
    const found = new Map<string, AccessToken | undefined>();
    const unknown: string[] = [];
    for (const digest of digests) {
      if (found.has(digest)) continue;
      const token = this.#remembered.get(digest);
      found.set(digest, token);
      if (token === undefined) unknown.push(digest);
    }
    for (const [index, record] of (await this.#read(unknown)).entries()) {
      if (record === null) continue;
      const token = this.#records.read(unknown[index] as string, record);
      found.set(token.digest, token);
      this.#remembered.set(token.digest, token);
    }
    return digests.map((digest) => {
      const token = found.get(digest);
      return token === undefined || this.#feed.isRevoked(token) ? undefined : token;
    });
  }

  async listLive(
    connection: Connection,
    now: number,
    slice: Slice<readonly number[]>,
  ): Promise<readonly ListedToken[]> {
    if (connection.status !== 'ACTIVE') return [];
    await this.#feed.ensureCurrent();
    return this.#list.listLive(connection, now, slice, (token) => this.#feed.isRevoked(token));
  }

  recordUses(uses: ReadonlyMap<string, TokenUse>): Promise<void> {
    return this.#list.recordUses(uses);
  }

  async #read(digests: readonly string[]): Promise<(string | null)[]> {
    if (digests.length === 0) return [];
    const keys = digests.map(tokenKey);
    const redis = this.#redis;
    return orUnavailable(this.#redis, () =>
      redis instanceof Cluster ? Promise.all(keys.map((key) => redis.get(key))) : redis.mget(keys),
    );
  }
}
