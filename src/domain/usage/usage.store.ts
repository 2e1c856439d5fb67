/** When things were last used, by id. Instants are epoch milliseconds. */
export interface Uses {
  readonly secrets: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<string, TokenUse>;
  readonly connections: ReadonlyMap<string, number>;
}

/** A token's last use, and whose token it is. */
export interface TokenUse {
  readonly connectionId: string;
  readonly at: number;
}

export interface UsageStore {
  /** Keeps for each the later of what is kept and what is given. What no longer exists is passed over. */
  record(uses: Uses): Promise<void>;
}
