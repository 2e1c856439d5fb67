/** The constraint of the database that refused a change, however requests raced. */
export type Uniqueness = 'connection_name' | 'access_key' | 'oauth_slot' | 'client_id' | 'secret';

/** Thrown inside a change that a constraint refuses; nothing of the change stays. */
export class UniquenessError extends Error {
  readonly uniqueness: Uniqueness;

  constructor(uniqueness: Uniqueness) {
    super(`The constraint "${uniqueness}" refused a change.`);
    this.name = 'UniquenessError';
    this.uniqueness = uniqueness;
  }
}
