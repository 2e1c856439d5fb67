import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { generateSecret, maskSecret, type Secret } from '../../lib/secrets.js';
import { clientSecretMaterial } from '../access/client-secret.js';
import { actorOf, type Principal } from '../principal.js';
import type { CreateConnectionInput } from './connection.input.js';
import { type AuthenticationType, type Connection, type ConnectionSecret, SECRET_KIND_OF } from './connection.js';

/** A secret that was just made, and what is kept of it. */
interface MadeSecret {
  readonly secret: Secret;
  readonly kept: ConnectionSecret;
}

/** Whose secret it is: what the digest is bound to. */
interface SecretOwner {
  readonly organizationId: string;
  readonly authenticationType: AuthenticationType;
  readonly clientId: string | undefined;
}

/** Makes connections and secrets; keeps nothing. */
export class ConnectionFactory {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  createConnection(
    principal: Principal,
    input: CreateConnectionInput,
    createdAt: number,
  ): { connection: Connection; secret: Secret } {
    const identity = {
      id: newId('con'),
      organizationId: principal.organizationId,
      clientId: input.authenticationType === 'OAUTH' ? newId('lkid') : undefined,
      authenticationType: input.authenticationType,
    };
    const { secret, kept } = this.createSecret(identity, createdAt);
    const connection: Connection = {
      ...identity,
      name: input.name,
      connector: input.connector,
      status: 'ACTIVE',
      generation: 1,
      allowedCidrs: [],
      createdAt,
      createdBy: actorOf(principal),
      updatedAt: createdAt,
      lastUsedAt: undefined,
      secrets: [kept],
    };
    return { connection, secret };
  }

  /** A new current secret of `owner`. */
  createSecret(owner: SecretOwner, createdAt: number): MadeSecret {
    const secret = generateSecret(SECRET_KIND_OF[owner.authenticationType]);
    const kept: ConnectionSecret = {
      id: newId('sec'),
      state: 'CURRENT',
      digest: this.#digest(owner, secret),
      ...maskSecret(secret),
      createdAt,
      lastUsedAt: undefined,
      expiresAt: undefined,
    };
    return { secret, kept };
  }

  #digest({ organizationId, clientId }: SecretOwner, secret: Secret) {
    if (clientId === undefined) return this.#keyRing.digest('access-key-digest', secret.reveal());
    return this.#keyRing.digest('client-secret-digest', clientSecretMaterial(organizationId, clientId, secret));
  }
}
