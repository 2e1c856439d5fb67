import type { UsageStore } from './usage.store.js';

/**
 * Notes when secrets, tokens and connections were last used, in memory, and writes the notes down together: using a
 * credential never costs a write of its own. A crash loses the notes since the last flush, which is all they may lose.
 */
export class UsageRecorder {
  readonly #store: UsageStore;
  #secrets = new Map<string, number>();
  #tokens = new Map<string, number>();
  #connections = new Map<string, number>();

  constructor(store: UsageStore) {
    this.#store = store;
  }

  secretUsed(secretId: string, connectionId: string, at: number): void {
    this.#secrets.set(secretId, at);
    this.#connections.set(connectionId, at);
  }

  tokenUsed(tokenId: string, connectionId: string, at: number): void {
    this.#tokens.set(tokenId, at);
    this.#connections.set(connectionId, at);
  }

  /** Writes the notes down. Where that fails they are kept for the next flush, and the error is rethrown. */
  async flush(): Promise<void> {
    const uses = { secrets: this.#secrets, tokens: this.#tokens, connections: this.#connections };
    if (uses.connections.size === 0) return;
    this.#secrets = new Map();
    this.#tokens = new Map();
    this.#connections = new Map();
    try {
      await this.#store.record(uses);
    } catch (error) {
      this.#secrets = merge(uses.secrets, this.#secrets);
      this.#tokens = merge(uses.tokens, this.#tokens);
      this.#connections = merge(uses.connections, this.#connections);
      throw error;
    }
  }
}

/** The newer notes win: they were made later. */
function merge(older: Map<string, number>, newer: Map<string, number>): Map<string, number> {
  return new Map([...older, ...newer]);
}
