/** The last uses of things, by id. Instants are epoch milliseconds. */
export interface Uses {
  readonly secrets: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<string, TokenUse>;
  readonly connections: ReadonlyMap<string, number>;
}

/** A token's last use, and the token's connection. */
export interface TokenUse {
  readonly connectionId: string;
  readonly at: number;
}

export interface UsageStore {
  /** Keeps the later of the stored and the given use of each thing. Ignores things that no longer exist. */
  record(uses: Uses): Promise<void>;
}
