import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import type { Principal } from '../principal.js';
import { invalidInput, type Refusal } from '../refusal.js';
import type { CreateConnectionInput } from './connection.input.js';
import type { Connection } from './connection.js';
import type { ConnectionReader } from './connection.store.js';
import type { IdempotentCreate, IdempotentCreateReader, IdempotentCreateStore } from './idempotent-create.store.js';

/** A connection with its new secret, which Latchkey shows only once. */
export interface WithSecret {
  readonly connection: Connection;
  readonly secret: Secret;
}

/** The outcome of a create. */
export interface Created {
  readonly connection: Connection;
  /** Undefined for a tenant's secret, and for a repeated create: the first create showed the secret. */
  readonly secret: Secret | undefined;
  /** A sentence for the caller although the create succeeded. */
  readonly warning: string | undefined;
}

/** Answers a create that repeats an idempotency key with the connection of the first create. */
export class IdempotentCreates {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  /** The present outcome of an earlier create under the same key; undefined where there was none. */
  async findEarlier(
    stores: { readonly connections: ConnectionReader; readonly idempotentCreates: IdempotentCreateReader },
    { organizationId }: Principal,
    input: CreateConnectionInput,
  ): Promise<Created | Refusal | undefined> {
    if (input.idempotencyKey === undefined) return undefined;
    const earlier = await stores.idempotentCreates.find(organizationId, input.idempotencyKey);
    return earlier && this.#outcomeOf(earlier, stores.connections, organizationId, input);
  }

  /**
   * Notes, in the create's own transaction, the connection that a key stands for; where the key has an earlier create,
   * changes nothing and returns the outcome of that one.
   */
  async claim(
    stores: { readonly connections: ConnectionReader; readonly idempotentCreates: IdempotentCreateStore },
    input: CreateConnectionInput,
    { id: connectionId, organizationId, createdAt }: Connection,
  ): Promise<Created | Refusal | undefined> {
    if (input.idempotencyKey === undefined) return undefined;
    const inputDigest = this.#keyRing.digest('idempotency-digest', materialOf(input)).value;
    const create = { key: input.idempotencyKey, inputDigest, connectionId };
    const earlier = await stores.idempotentCreates.claim(organizationId, create, createdAt);
    return earlier && this.#outcomeOf(earlier, stores.connections, organizationId, input);
  }

  async #outcomeOf(
    earlier: IdempotentCreate,
    connections: ConnectionReader,
    organizationId: string,
    input: CreateConnectionInput,
  ): Promise<Created | Refusal> {
    const refuse = (message: string) => invalidInput(message, 'idempotencyKey');
    if (!this.#keyRing.digests('idempotency-digest', materialOf(input)).includes(earlier.inputDigest)) {
      return refuse('This idempotency key was used with another input. Use a new key for a new connection.');
    }
    const [connection] = await connections.findMany(organizationId, [earlier.connectionId]);
    if (connection === undefined) return refuse('The connection that this idempotency key made has been deleted.');
    return { connection, secret: undefined, warning: undefined };
  }
}

/** The input by which two creates are the same. */
function materialOf({ name, connector, authenticationType, linked }: CreateConnectionInput): string {
  const credential = linked === undefined ? [] : [linked.clientId, linked.secret.reveal()];
  return JSON.stringify([name, connector, authenticationType, ...credential]);
}
