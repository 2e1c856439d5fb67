/** What a create under an idempotency key did: the connection it made and the digest of the input it was given. */
export interface IdempotentCreate {
  readonly key: string;
  readonly inputDigest: string;
  readonly connectionId: string;
}

/** Which creates were made under which idempotency keys; each organisation has keys of its own. */
export interface IdempotentCreateReader {
  find(organizationId: string, key: string): Promise<IdempotentCreate | undefined>;
  /** Forgets the keys of creates from before this instant. */
  sweep(before: number): Promise<void>;
}

/** Notes creates, in the change that makes them. */
export interface IdempotentCreateStore extends Pick<IdempotentCreateReader, 'find'> {
  insert(organizationId: string, create: IdempotentCreate, at: number): Promise<void>;
}
