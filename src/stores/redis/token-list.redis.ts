import { LRUCache } from 'lru-cache';
import type { Connection } from '../../domain/connections/connection.js';
import type { Position, Slice } from '../../domain/page.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken } from '../../domain/tokens/token.store.js';
import type { TokenUse } from '../../domain/usage/usage.store.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { type Command, sendTogether } from './command-batch.js';
import { TOKEN_INDEX_TTL_MS, tokenIdsKey, tokenUsesKey } from './keys.js';

/** The least time between two prunings of one connection's index. */
const PRUNE_MS = 60_000;
const PRUNED_MAX = 10_000;
const LIST_CHUNK = 200;
/** One command of this size holds Redis only briefly, and its arguments fit on the stack. */
const USES_AT_ONCE = 1_000;

/** The tokens of each connection, and when each was last used. */
export class RedisTokenList {
  readonly #redis: RedisClient;
  readonly #prunedAt = new LRUCache<string, number>({ max: PRUNED_MAX });

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** The commands that add the tokens to their lists. */
  addCommands(tokens: readonly AccessToken[]): Command[] {
    return [...Map.groupBy(tokens, ({ connectionId }) => connectionId)].flatMap(([connectionId, issued]) => {
      const key = tokenIdsKey(connectionId);
      const members = issued.flatMap((token) => [token.issuedAt, toMember(token)]);
      return [
        ['zadd', key, ...members],
        // With each addition, since the list may be new: Redis may have lost the old one.
        ['pexpire', key, TOKEN_INDEX_TTL_MS],
        ...this.#pruneCommands(key, issued),
      ];
    });
  }

  /**
   * The connection's live tokens, neither expired nor `isRevoked`, newest first. Reading resumes behind the last token
   * read, not at a count, which shifts as other tokens are issued or removed. A list removes the dead tokens it finds.
   */
  async listLive(
    connection: Connection,
    now: number,
    slice: Slice<Position>,
    isRevoked: (token: ListedToken) => boolean,
  ): Promise<readonly ListedToken[]> {
    const isOlder = ({ generation }: ListedToken) => generation < connection.generation;
    const isDead = (token: ListedToken) => isOlder(token) || isRevoked(token);
    const isLive = (token: ListedToken) =>
      token.generation === connection.generation && token.expiresAt > now && !isRevoked(token);
    const listed: ListedToken[] = [];
    let [issuedAt, id] = [Number(slice.after?.[0] ?? Number.MAX_SAFE_INTEGER), String(slice.after?.[1] ?? '')];
    for (let count = LIST_CHUNK; listed.length < slice.limit; ) {
      const chunk = await this.#read(connection, issuedAt, count);
      const behind = chunk.filter((token) => token.issuedAt < issuedAt || token.id < id);
      listed.push(...behind.filter(isLive));
      await this.#remove(connection.id, behind.filter(isDead));
      // Older generations were issued earlier: nothing lives behind a whole chunk of them.
      if (chunk.length < count || chunk.every(isOlder)) break;
      const last = behind.at(-1);
      // Only a longer chunk reaches behind so many tokens of one instant.
      if (last === undefined) count *= 2;
      else ({ issuedAt, id } = last);
    }
    return this.#withLastUses(connection.id, listed.slice(0, slice.limit));
  }

  /** Notes last uses; of a kept instant and a given one, the later stays. */
  async recordUses(uses: ReadonlyMap<string, TokenUse>): Promise<void> {
    const all = [...uses];
    for (let start = 0; start < all.length; start += USES_AT_ONCE) {
      await sendTogether(this.#redis, useCommands(all.slice(start, start + USES_AT_ONCE)));
    }
  }

  #pruneCommands(key: string, issued: readonly AccessToken[]): Command[] {
    const now = performance.now();
    if (now - (this.#prunedAt.get(key) ?? Number.NEGATIVE_INFINITY) < PRUNE_MS) return [];
    this.#prunedAt.set(key, now);
    const newest = newestOf(issued, ({ issuedAt }) => issuedAt);
    return [['zremrangebyscore', key, '-inf', newest - TOKEN_INDEX_TTL_MS]];
  }

  /** The newest `count` tokens issued at or before the instant. */
  async #read(connection: Connection, issuedAt: number, count: number): Promise<ListedToken[]> {
    const key = tokenIdsKey(connection.id);
    const answer = await orUnavailable(this.#redis, () =>
      this.#redis.zrange(key, issuedAt, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, count, 'WITHSCORES'),
    );
    const tokens: ListedToken[] = [];
    for (let index = 0; index < answer.length; index += 2) {
      tokens.push(fromMember(connection, answer[index] as string, Number(answer[index + 1])));
    }
    return tokens;
  }

  /** A failed removal costs only time: the next list finds the dead tokens again. */
  async #remove(connectionId: string, dead: readonly ListedToken[]): Promise<void> {
    if (dead.length === 0) return;
    await this.#redis.zrem(tokenIdsKey(connectionId), dead.map(toMember)).catch(() => undefined);
  }

  async #withLastUses(connectionId: string, tokens: readonly ListedToken[]): Promise<readonly ListedToken[]> {
    if (tokens.length === 0) return [];
    const ids = tokens.map(({ id }) => id);
    const instants = await orUnavailable(this.#redis, () => this.#redis.zmscore(tokenUsesKey(connectionId), ids));
    return tokens.map((token, index) => {
      const at = instants[index];
      return at === null || at === undefined ? token : { ...token, lastUsedAt: Number(at) };
    });
  }
}

function useCommands(uses: readonly (readonly [tokenId: string, use: TokenUse])[]): Command[] {
  return [...Map.groupBy(uses, ([, { connectionId }]) => connectionId)].flatMap(
    ([connectionId, ofConnection]): Command[] => {
      const key = tokenUsesKey(connectionId);
      const newest = newestOf(ofConnection, ([, { at }]) => at);
      return [
        ['zadd', key, 'GT', ...ofConnection.flatMap(([id, { at }]) => [at, id])],
        ['zremrangebyscore', key, '-inf', newest - TOKEN_INDEX_TTL_MS],
        ['pexpire', key, TOKEN_INDEX_TTL_MS],
      ];
    },
  );
}

function newestOf<T>(all: readonly T[], instantOf: (each: T) => number): number {
  return all.reduce((newest, each) => Math.max(newest, instantOf(each)), 0);
}

function toMember({ id, generation, expiresAt }: Pick<AccessToken, 'id' | 'generation' | 'expiresAt'>): string {
  return `${id} ${generation} ${expiresAt}`;
}

function fromMember(connection: Connection, member: string, issuedAt: number): ListedToken {
  const [id = '', generation, expiresAt] = member.split(' ');
  return {
    id,
    organizationId: connection.organizationId,
    connectionId: connection.id,
    clientId: connection.clientId ?? '',
    generation: Number(generation),
    issuedAt,
    expiresAt: Number(expiresAt),
    lastUsedAt: undefined,
  };
}
