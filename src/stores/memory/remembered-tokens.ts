import { LRUCache } from 'lru-cache';
import type { Connection } from '../../domain/connections/connection.js';
import type { Lookups } from '../../domain/database/database.js';
import type { Position, Slice } from '../../domain/page.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken, TokenStore } from '../../domain/tokens/token.store.js';
import { endOfTurn } from '../../lib/turn.js';
import type { ConnectionChanges } from './connection.changes.js';

/** A store that answers from its database each time. */
export type TokenSource = Omit<TokenStore, 'recall'>;

/** The store's answer to a digest. */
interface Remembered {
  readonly token: AccessToken | undefined;
}

/**
 * Remembers tokens, and digests without a token, in a process that makes all changes itself: memory hears of a change
 * before the caller does.
 */
export class RememberedTokens implements TokenStore {
  readonly #source: TokenSource;
  /** Answers by digest, about 400 bytes each. */
  readonly #remembered: LRUCache<string, Remembered> | undefined;
  /** Grows with each change to connections, and each revocation. */
  #endings = 0;
  /** Grows with each new token. */
  #beginnings = 0;
  readonly #lookups = { hits: 0, misses: 0 };

  constructor(source: TokenSource, changes: ConnectionChanges, rememberedMax: number) {
    this.#source = source;
    this.#remembered = rememberedMax === 0 ? undefined : new LRUCache({ max: rememberedMax });
    // A change to a connection may end all of its tokens. Changes are rare, and a look-up is cheap here.
    changes.onChange(() => {
      this.#endings++;
      this.#remembered?.clear();
    });
  }

  get lookups(): Lookups {
    return this.#lookups;
  }

  async insert(token: AccessToken): Promise<void> {
    try {
      await this.#source.insert(token);
    } finally {
      this.tellInserted(token);
    }
  }

  async find(digest: string): Promise<AccessToken | undefined> {
    const recalled = this.recall(digest);
    if (recalled === undefined) return this.#read(digest);
    // Answers at the end of the turn, as look-ups in the database do.
    await endOfTurn();
    return recalled ?? undefined;
  }

  recall(digest: string): AccessToken | null | undefined {
    const remembered = this.#remembered?.get(digest);
    if (remembered === undefined) return undefined;
    this.#lookups.hits++;
    return remembered.token ?? null;
  }

  listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]> {
    return this.#source.listLive(connection, now, slice);
  }

  sweep(now: number, limit: number): Promise<number> {
    return this.#source.sweep(now, limit);
  }

  /** Hears of a token that a change has inserted. */
  tellInserted({ digest }: AccessToken): void {
    this.#beginnings++;
    this.#remembered?.delete(digest);
  }

  /** Hears of a token that a change has revoked. */
  tellRevoked(digest: string): void {
    this.#endings++;
    this.#remembered?.delete(digest);
  }

  async #read(digest: string): Promise<AccessToken | undefined> {
    this.#lookups.misses++;
    const [endings, beginnings] = [this.#endings, this.#beginnings];
    const token = await this.#source.find(digest);
    // An answer that was read before a change may predate the change.
    const isLasting = endings === this.#endings && (token !== undefined || beginnings === this.#beginnings);
    if (isLasting) this.#remembered?.set(digest, { token });
    return token;
  }
}
