import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { generateSecret, maskForeignSecret, maskSecret, type Secret } from '../../lib/secrets.js';
import { actorOf, type Principal } from '../principal.js';
import { clientSecretMaterial } from './client-secret.js';
import type { CreateConnectionInput } from './connection.input.js';
import { type AuthenticationType, type Connection, type ConnectionSecret, SECRET_KIND_OF } from './connection.js';

/** A new secret, and its stored form. */
export interface MadeSecret {
  readonly secret: Secret;
  readonly kept: ConnectionSecret;
}

/** The connection that a secret's digest is bound to. */
interface SecretOwner {
  readonly organizationId: string;
  readonly authenticationType: AuthenticationType;
  readonly clientId: string | undefined;
}

/** Makes connections and secrets; stores nothing. */
export class ConnectionFactory {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  /** Makes a connection with a new secret, or with the secret that a tenant made. */
  createConnection(
    principal: Principal,
    { linked, ...input }: CreateConnectionInput,
    createdAt: number,
  ): { connection: Connection; secret: Secret } {
    const clientId = linked === undefined ? newId('lkid') : linked.clientId;
    const identity = {
      id: newId('con'),
      organizationId: principal.organizationId,
      clientId: input.authenticationType === 'OAUTH' ? clientId : undefined,
      authenticationType: input.authenticationType,
    };
    const { secret, kept } =
      linked === undefined
        ? this.createSecret(identity, createdAt)
        : { secret: linked.secret, kept: this.keepSecret(identity, linked.secret, createdAt) };
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

  /** Makes a new current secret of `owner`. */
  createSecret(owner: SecretOwner, createdAt: number): MadeSecret {
    const secret = generateSecret(SECRET_KIND_OF[owner.authenticationType]);
    return { secret, kept: this.#keep(owner, secret, maskSecret(secret), createdAt) };
  }

  /** The stored form of a secret that a tenant made for `owner`. */
  keepSecret(owner: SecretOwner, secret: Secret, createdAt: number): ConnectionSecret {
    return this.#keep(owner, secret, maskForeignSecret(secret), createdAt);
  }

  #keep(
    owner: SecretOwner,
    secret: Secret,
    mask: Pick<ConnectionSecret, 'prefix' | 'last4'>,
    createdAt: number,
  ): ConnectionSecret {
    return {
      id: newId('sec'),
      state: 'CURRENT',
      digest: this.#digest(owner, secret),
      ...mask,
      createdAt,
      lastUsedAt: undefined,
      expiresAt: undefined,
    };
  }

  #digest({ organizationId, clientId }: SecretOwner, secret: Secret) {
    if (clientId === undefined) return this.#keyRing.digest('access-key-digest', secret.reveal());
    return this.#keyRing.digest('client-secret-digest', clientSecretMaterial(organizationId, clientId, secret));
  }
}
