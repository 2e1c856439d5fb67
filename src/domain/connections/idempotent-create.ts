import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import type { Principal } from '../principal.js';
import { invalidInput, type Refusal } from '../refusal.js';
import type { CreateConnectionInput } from './connection.input.js';
import type { Connection } from './connection.js';
import type { ConnectionReader } from './connection.store.js';
import type { IdempotentCreateStore } from './idempotent-create.store.js';

/** A connection with a secret that was just made: the only time that it is seen. */
export interface WithSecret {
  readonly connection: Connection;
  readonly secret: Secret;
}

/** What a create came to. */
export interface Created {
  readonly connection: Connection;
  /** Undefined where a tenant made it, and of a repeated create, whose secret was shown by the first. */
  readonly secret: Secret | undefined;
  /** What the caller should know though the connection was made. */
  readonly warning: string | undefined;
}

/** What was made before. */
interface Made {
  readonly connections: ConnectionReader;
  readonly idempotentCreates: Pick<IdempotentCreateStore, 'find'>;
}

/** Makes a create that is repeated under its idempotency key come to the connection that the first one made. */
export class IdempotentCreates {
  readonly #keyRing: KeyRing;

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing;
  }

  /** What an earlier create under the same key comes to now; undefined where there was none. */
  async findEarlier(
    { connections, idempotentCreates }: Made,
    principal: Principal,
    input: CreateConnectionInput,
  ): Promise<Created | Refusal | undefined> {
    if (input.idempotencyKey === undefined) return undefined;
    const earlier = await idempotentCreates.find(principal.organizationId, input.idempotencyKey);
    if (earlier === undefined) return undefined;
    const refuse = (message: string) => invalidInput(message, 'idempotencyKey');
    if (!this.#keyRing.digests('idempotency-digest', materialOf(input)).includes(earlier.inputDigest)) {
      return refuse('This idempotency key was used with another input. Use a new key for a new connection.');
    }
    const [connection] = await connections.findMany(principal.organizationId, [earlier.connectionId]);
    if (connection === undefined) return refuse('The connection that this idempotency key made has been deleted.');
    return { connection, secret: undefined, warning: undefined };
  }

  /** Notes, in the create's own transaction, which connection its key stands for. */
  async remember(
    { idempotentCreates }: { readonly idempotentCreates: IdempotentCreateStore },
    input: CreateConnectionInput,
    made: Connection,
  ): Promise<void> {
    if (input.idempotencyKey === undefined) return;
    const create = {
      key: input.idempotencyKey,
      inputDigest: this.#keyRing.digest('idempotency-digest', materialOf(input)).value,
      connectionId: made.id,
    };
    await idempotentCreates.insert(made.organizationId, create, made.createdAt);
  }
}

/** What makes two creates the same. */
function materialOf({ name, connector, authenticationType, linked }: CreateConnectionInput): string {
  const credential = linked === undefined ? [] : [linked.clientId, linked.secret.reveal()];
  return JSON.stringify([name, connector, authenticationType, ...credential]);
}
