import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import { DomainError } from '../errors.js';
import type { Connection } from './connection.js';
import type { UpstreamCredentialStore, UpstreamCredentialWriter } from './upstream-credential.store.js';

/** What a sealed secret belongs to. */
type Owner = Pick<Connection, 'id' | 'organizationId' | 'authenticationType'>;

const FIELD = { ACCESS_KEY: 'access-key', OAUTH: 'client-secret' } as const;

/**
 * The secrets that tenants made, which Latchkey has to present and so keeps encrypted: each for one field of one connection
 * of one organisation. Moved anywhere else, or changed in any bit, it does not open.
 */
export class UpstreamCredentials {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  /** Keeps the secret of a connection, in the place of the one before. */
  save(kept: UpstreamCredentialWriter, owner: Owner, secret: Secret): Promise<void> {
    return kept.save(owner.id, this.#keyRing.seal('upstream-credential', secret, contextOf(owner)));
  }

  /**
   * The secret of a connection; undefined where none was linked.
   * @throws DomainError INTERNAL where what is kept does not open
   */
  async find(kept: UpstreamCredentialStore, owner: Owner): Promise<Secret | undefined> {
    const sealed = await kept.find(owner.id);
    return sealed === undefined ? undefined : this.open(owner, sealed);
  }

  /** @throws DomainError INTERNAL where it was not sealed for `owner`, or was changed */
  open(owner: Owner, sealed: string): Secret {
    const secret = this.#keyRing.open('upstream-credential', sealed, contextOf(owner));
    if (secret !== undefined) return secret;
    throw new DomainError('INTERNAL', {
      detail: `the credential of the tenant that is kept for ${owner.id} does not open`,
    });
  }

  /** The same secret under the active key; undefined where what is kept does not open. */
  reseal(owner: Owner, sealed: string): string | undefined {
    const context = contextOf(owner);
    const secret = this.#keyRing.open('upstream-credential', sealed, context);
    return secret && this.#keyRing.seal('upstream-credential', secret, context);
  }
}

function contextOf({ organizationId, id, authenticationType }: Owner): string {
  return `${organizationId}|${id}|${FIELD[authenticationType]}`;
}
