import { Cluster } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Connection } from '../../domain/connections/connection.js';
import type { Lookups } from '../../domain/database/database.js';
import type { Position, Slice } from '../../domain/page.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken, TokenStore } from '../../domain/tokens/token.store.js';
import type { TokenUse } from '../../domain/usage/usage.store.js';
import { createBatcher } from '../../lib/batch.js';
import { endOfTurn } from '../../lib/turn.js';
import type { RevocationFeed } from '../revocations/revocation.feed.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { type Command, sendTogether } from './command-batch.js';
import { tokenKey } from './keys.js';
import { TokenRecords, toRecord } from './token.record.js';
import { RedisTokenList } from './token-list.redis.js';

/**
 * Access tokens in Redis, and the last used ones in memory. A token's record never changes, so memory is never stale.
 * Each use asks the feed whether the token is revoked; without the feed's proof, memory answers nothing.
 */
export class RedisTokenStore implements TokenStore {
  readonly #redis: RedisClient;
  readonly #feed: RevocationFeed;
  readonly #stored: Pick<TokenStore, 'sweep'>;
  /** Tokens by digest, about 400 bytes each. */
  readonly #remembered: LRUCache<string, AccessToken> | undefined;
  /** Grows each time that Redis may have lost tokens. */
  #losses = 0;
  readonly #lookups = { hits: 0, misses: 0 };
  readonly #records = new TokenRecords();
  readonly #list: RedisTokenList;
  readonly #insertTogether: (token: AccessToken) => Promise<void>;
  readonly #findTogether: (digest: string) => Promise<AccessToken | undefined>;

  constructor(redis: RedisClient, feed: RevocationFeed, stored: Pick<TokenStore, 'sweep'>, rememberedMax: number) {
    this.#redis = redis;
    this.#list = new RedisTokenList(redis);
    this.#remembered = rememberedMax === 0 ? undefined : new LRUCache({ max: rememberedMax });
    this.#feed = feed;
    this.#stored = stored;
    // Each key of a Cluster has a node of its own to ask: a silent one must not fail what the others answer.
    const isCluster = redis instanceof Cluster;
    const insertTogether = createBatcher(async (tokens: readonly AccessToken[]) => {
      await this.insertMany(tokens);
      return tokens.map(() => undefined);
    });
    this.#insertTogether = isCluster ? (token) => this.insertMany([token]) : insertTogether;
    const findTogether = createBatcher((digests: readonly string[]) => this.#findMany(digests));
    this.#findTogether = isCluster ? async (digest) => (await this.#findMany([digest]))[0] : findTogether;
    // Where Redis may have lost tokens, every replica must give the same answer: Redis's.
    feed.onChange((connectionId) => {
      if (connectionId !== undefined) return;
      this.#losses++;
      this.#remembered?.clear();
    });
  }

  get lookups(): Lookups {
    return this.#lookups;
  }

  /** Tokens issued in one turn of the event loop travel together. */
  insert(token: AccessToken): Promise<void> {
    return this.#insertTogether(token);
  }

  async insertMany(tokens: readonly AccessToken[]): Promise<void> {
    // The record goes before its place in the list: a listed token exists.
    const records = tokens.map(
      (token): Command => ['set', tokenKey(token.digest), toRecord(token), 'PX', token.expiresAt - token.issuedAt],
    );
    await sendTogether(this.#redis, [...records, ...this.#list.addCommands(tokens)]);
  }

  /** One command serves all look-ups of the process in one turn of the event loop. */
  async find(digest: string): Promise<AccessToken | undefined> {
    const remembered = this.recall(digest);
    if (remembered === undefined) return this.#findTogether(digest);
    // Answers at the end of the turn, as look-ups in Redis do.
    await endOfTurn();
    return remembered;
  }

  /** Redis alone knows of a digest that it has no token for. */
  recall(digest: string): AccessToken | undefined {
    const token = this.#remembered?.get(digest);
    if (token === undefined || !this.#feed.areCurrent || this.#feed.isRevoked(token)) return undefined;
    this.#lookups.hits++;
    return token;
  }

  async #findMany(digests: readonly string[]): Promise<readonly (AccessToken | undefined)[]> {
    if (!this.#feed.areCurrent) await this.#feed.ensureCurrent();
    const found = new Map<string, AccessToken | undefined>();
    const unknown: string[] = [];
    for (const digest of digests) {
      if (found.has(digest)) continue;
      const token = this.#remembered?.get(digest);
      found.set(digest, token);
      if (token === undefined) unknown.push(digest);
      this.#lookups[token === undefined ? 'misses' : 'hits']++;
    }
    const losses = this.#losses;
    for (const [index, record] of (await this.#read(unknown)).entries()) {
      if (record === null) continue;
      const token = this.#records.read(unknown[index] as string, record);
      found.set(token.digest, token);
      // A record that was read before a loss may be gone.
      if (losses === this.#losses) this.#remembered?.set(token.digest, token);
    }
    return digests.map((digest) => {
      const token = found.get(digest);
      return token === undefined || this.#feed.isRevoked(token) ? undefined : token;
    });
  }

  async listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]> {
    if (connection.status !== 'ACTIVE') return [];
    await this.#feed.ensureCurrent();
    return this.#list.listLive(connection, now, slice, (token) => this.#feed.isRevoked(token));
  }

  /** Sweeps revocations in the database; Redis forgets tokens by itself. */
  sweep(now: number, limit: number): Promise<number> {
    return this.#stored.sweep(now, limit);
  }

  recordUses(uses: ReadonlyMap<string, TokenUse>): Promise<void> {
    return this.#list.recordUses(uses);
  }

  async #read(digests: readonly string[]): Promise<(string | null)[]> {
    if (digests.length === 0) return [];
    return orUnavailable(this.#redis, () => this.#redis.mget(digests.map(tokenKey)));
  }
}
