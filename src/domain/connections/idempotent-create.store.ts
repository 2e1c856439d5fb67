/** What a create under an idempotency key did: the connection that it made, and the digest of its input. */
export interface IdempotentCreate {
  readonly key: string;
  readonly inputDigest: string;
  readonly connectionId: string;
}

/** The creates under idempotency keys; each organisation has its own keys. */
export interface IdempotentCreateReader {
  find(organizationId: string, key: string): Promise<IdempotentCreate | undefined>;
  /** Forgets the keys of creates before this instant. */
  sweep(before: number): Promise<void>;
}

/** Notes creates, in the transaction of the create. */
export interface IdempotentCreateStore {
  /** Notes a create under its key; changes nothing and returns the earlier create where the key has one. */
  claim(organizationId: string, create: IdempotentCreate, at: number): Promise<IdempotentCreate | undefined>;
}
