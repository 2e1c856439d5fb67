import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import { DomainError } from '../errors.js';
import type { Connection } from './connection.js';
import type { UpstreamCredentialStore, UpstreamCredentialWriter } from './upstream-credential.store.js';

/** The connection that a sealed secret belongs to. */
type Owner = Pick<Connection, 'id' | 'organizationId' | 'authenticationType'>;

const FIELD = { ACCESS_KEY: 'access-key', OAUTH: 'client-secret' } as const;

/**
 * The secrets that tenants made. Latchkey has to present them to the tenant, so it stores them encrypted, each for one
 * field of one connection of one organisation. A secret that is moved elsewhere, or changed in any bit, does not open.
 */
export class UpstreamCredentials {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  /** Stores the secret of a connection, in place of an earlier one. */
  save(kept: UpstreamCredentialWriter, owner: Owner, secret: Secret): Promise<void> {
    return kept.save(owner.id, this.#keyRing.seal('upstream-credential', secret, contextOf(owner)));
  }

  /**
   * The secret of a connection; undefined where none is linked.
   * @throws DomainError INTERNAL where the stored secret does not open
   */
  async find(kept: UpstreamCredentialStore, owner: Owner): Promise<Secret | undefined> {
    const sealed = await kept.find(owner.id);
    return sealed === undefined ? undefined : this.open(owner, sealed);
  }

  /** @throws DomainError INTERNAL where the seal is another owner's, or broken */
  open(owner: Owner, sealed: string): Secret {
    const secret = this.#keyRing.open('upstream-credential', sealed, contextOf(owner));
    if (secret !== undefined) return secret;
    throw new DomainError('INTERNAL', {
      detail: `the credential of the tenant that is kept for ${owner.id} does not open`,
    });
  }

  /** Seals the same secret with the active key; undefined where the stored secret does not open. */
  reseal(owner: Owner, sealed: string): string | undefined {
    const context = contextOf(owner);
    const secret = this.#keyRing.open('upstream-credential', sealed, context);
    return secret && this.#keyRing.seal('upstream-credential', secret, context);
  }
}

function contextOf({ organizationId, id, authenticationType }: Owner): string {
  return `${organizationId}|${id}|${FIELD[authenticationType]}`;
}
