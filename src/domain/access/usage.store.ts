/** When things were last used, by id. Instants are epoch milliseconds. */
export interface Uses {
  readonly secrets: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<string, number>;
  readonly connections: ReadonlyMap<string, number>;
}

export interface UsageStore {
  /** Keeps for each the later of what is kept and what is given. What no longer exists is passed over. */
  record(uses: Uses): Promise<void>;
}
