import { LRUCache } from 'lru-cache';
import type { Acquired, SharedToken, SharedTokenStore } from '../../domain/tokens/shared-token.store.js';

/** Deleted connections leave entries behind: beyond this many, the least recently used is dropped and minted again. */
const ENTRIES_MAX = 10_000;

interface Entry {
  token?: SharedToken;
  fence: number;
  /** By the monotonic clock, in milliseconds; 0: nobody has the lease. */
  leasedUntil: number;
}

/** The shared tokens of a single-process gateway, which mints them again after a restart. */
export class MemorySharedTokenStore implements SharedTokenStore {
  readonly #entries = new LRUCache<string, Entry>({ max: ENTRIES_MAX });
  /** Shared by all connections, so no fence repeats after an entry is dropped and made anew. */
  #lastFence = 0;

  async acquire(connectionId: string, wantingFence: number | undefined, leaseMs: number): Promise<Acquired> {
    const entry = this.#entries.get(connectionId) ?? { fence: 0, leasedUntil: 0 };
    this.#entries.set(connectionId, entry);
    if (entry.token !== undefined && entry.token.fence !== wantingFence) return { kept: entry.token };
    const now = performance.now();
    if (entry.leasedUntil > now) return { heldForMs: Math.ceil(entry.leasedUntil - now) };
    entry.leasedUntil = now + leaseMs;
    entry.fence = ++this.#lastFence;
    return { leasedFence: entry.fence };
  }

  async keep(connectionId: string, token: SharedToken): Promise<boolean> {
    const entry = this.#entries.get(connectionId);
    if (entry?.fence !== token.fence) return false;
    entry.token = token;
    entry.leasedUntil = 0;
    return true;
  }

  async release(connectionId: string, fence: number): Promise<void> {
    const entry = this.#entries.get(connectionId);
    if (entry?.fence === fence) entry.leasedUntil = 0;
  }
}
