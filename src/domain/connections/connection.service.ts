import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import type { UsageRecorder } from '../access/usage.recorder.js';
import { type AuditAction, createAuditEvent } from '../audit/audit-event.js';
import { DomainError } from '../errors.js';
import type { Principal } from '../principal.js';
import { invalidInput, notFound, Refusal } from '../refusal.js';
import { type Database, type Stores, UniquenessError } from '../store.js';
import { ConnectionFactory } from './connection.factory.js';
import {
  type CreateConnectionInput,
  type CreateConnectionRequest,
  parseConnectionName,
  parseCreateConnection,
} from './connection.input.js';
import type { AuthenticationType, Connection } from './connection.js';
import { refusalOfUniqueness } from './connection.refusals.js';

/** A connection with a secret that was just made: the only time that it is seen. */
export interface WithSecret {
  readonly connection: Connection;
  readonly secret: Secret;
}

/** What a create came to: without a secret where it repeats an idempotent one, whose secret was shown by the first. */
export type Created = WithSecret | { readonly connection: Connection; readonly secret: undefined };

/**
 * What super admins do with their organisation's connections. Each change and its audit event are one transaction;
 * the caps and the uniqueness of names are the database's constraints, whoever races.
 */
export class ConnectionService {
  readonly #database: Database;
  readonly #keyRing: KeyRing;
  readonly #factory: ConnectionFactory;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: { database: Database; keyRing: KeyRing; usage: UsageRecorder; clock: Clock }) {
    this.#database = parts.database;
    this.#keyRing = parts.keyRing;
    this.#factory = new ConnectionFactory(parts.keyRing);
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /** The organisation's connections, oldest first. */
  async list(principal: Principal, authenticationType?: AuthenticationType): Promise<readonly Connection[]> {
    await this.#showLastUses();
    return this.#database.connections.list(principal.organizationId, authenticationType);
  }

  /** In the order of `ids`; undefined where absent or another organisation's. */
  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    await this.#showLastUses();
    return this.#database.connections.findMany(organizationId, ids);
  }

  async create(principal: Principal, request: CreateConnectionRequest): Promise<Created | Refusal> {
    const input = parseCreateConnection(request);
    if (input instanceof Refusal) return input;
    return this.#transact<Created>(async (stores) => {
      const earlier = await this.#findEarlierCreate(stores, principal, input);
      if (earlier !== undefined) return earlier;
      const made = this.#factory.createConnection(principal, input, this.#clock.now());
      await stores.connections.insert(made.connection);
      if (input.idempotencyKey !== undefined) {
        const { id, createdAt, organizationId } = made.connection;
        const create = {
          key: input.idempotencyKey,
          inputDigest: this.#keyRing.digest('idempotency-digest', materialOf(input)).value,
          connectionId: id,
        };
        await stores.connections.insertIdempotentCreate(organizationId, create, createdAt);
      }
      await this.#record(stores, principal, 'connection.created', made.connection, input.name);
      return made;
    }, 'input');
  }

  async rename(principal: Principal, id: string, newName: string): Promise<Connection | Refusal> {
    const name = parseConnectionName(newName);
    if (name instanceof Refusal) return name;
    return this.#change(principal, id, 'connection.renamed', () => ({ name }), { detail: name });
  }

  /**
   * Refuses the connection's secrets until it is enabled again, and its tokens for good: what was refused once does
   * not come back to life by itself.
   */
  disable(principal: Principal, id: string): Promise<Connection | Refusal> {
    return this.#change(principal, id, 'connection.disabled', ({ generation }) => ({
      status: 'DISABLED',
      generation: generation + 1,
    }));
  }

  enable(principal: Principal, id: string): Promise<Connection | Refusal> {
    return this.#change(principal, id, 'connection.enabled', () => ({ status: 'ACTIVE' }));
  }

  /** Kills every token of the connection at once; its secrets go on. */
  revokeTokens(principal: Principal, id: string): Promise<Connection | Refusal> {
    const revoke = ({ generation }: Connection) => ({ generation: generation + 1 });
    return this.#change(principal, id, 'connection.tokens_revoked', revoke, { argument: 'connectionId' });
  }

  async delete(principal: Principal, id: string): Promise<{ readonly id: string } | Refusal> {
    return this.#transact(async (stores) => {
      const connection = await findOne(stores, principal, id);
      if (connection === undefined) return notFound('id');
      await stores.connections.delete(connection);
      await this.#record(stores, principal, 'connection.deleted', connection, connection.name);
      return { id };
    });
  }

  /** A new secret; the old one is refused from now on, the tokens that it got live on until they expire. */
  async regenerateSecret(principal: Principal, id: string, graceSeconds: number): Promise<WithSecret | Refusal> {
    if (graceSeconds !== 0) {
      return invalidInput('An overlap of two secrets is not offered yet: graceSeconds must be 0.', 'graceSeconds');
    }
    return this.#replaceSecret(principal, id, 'connection.secret_regenerated', false);
  }

  /** A new secret, and every live token dead: for a secret that somebody else may hold. */
  resetAfterLeak(principal: Principal, id: string): Promise<WithSecret | Refusal> {
    return this.#replaceSecret(principal, id, 'connection.reset_after_leak', true);
  }

  /** Whoever decides to retire a secret by its last use must not be shown an old one; a full disk keeps nobody from looking. */
  async #showLastUses(): Promise<void> {
    try {
      await this.#usage.flush();
    } catch (error) {
      if (!(error instanceof DomainError) || error.category !== 'unavailable') throw error;
    }
  }

  async #change(
    principal: Principal,
    id: string,
    action: AuditAction,
    change: (connection: Connection) => Partial<Connection>,
    { argument = 'id', detail }: { argument?: 'id' | 'connectionId'; detail?: string } = {},
  ): Promise<Connection | Refusal> {
    return this.#transact(async (stores) => {
      const connection = await findOne(stores, principal, id);
      if (connection === undefined) return notFound(argument);
      const changed = { ...connection, ...change(connection), updatedAt: this.#clock.now() };
      await stores.connections.update(changed);
      await this.#record(stores, principal, action, changed, detail);
      return changed;
    });
  }

  #replaceSecret(
    principal: Principal,
    id: string,
    action: AuditAction,
    killTokens: boolean,
  ): Promise<WithSecret | Refusal> {
    return this.#transact(async (stores) => {
      const connection = await findOne(stores, principal, id);
      if (connection === undefined) return notFound('id');
      const updatedAt = this.#clock.now();
      const made = this.#factory.createSecret(connection, updatedAt);
      const changed: Connection = {
        ...connection,
        generation: connection.generation + (killTokens ? 1 : 0),
        updatedAt,
        secrets: [made.kept],
      };
      await stores.connections.replaceSecrets(changed, made.kept);
      await stores.connections.update(changed);
      await this.#record(stores, principal, action, changed);
      return { connection: changed, secret: made.secret };
    });
  }

  /** What an earlier create under the same idempotency key comes to now; undefined where there was none. */
  async #findEarlierCreate(
    { connections }: Stores,
    principal: Principal,
    input: CreateConnectionInput,
  ): Promise<Created | Refusal | undefined> {
    if (input.idempotencyKey === undefined) return undefined;
    const earlier = await connections.findIdempotentCreate(principal.organizationId, input.idempotencyKey);
    if (earlier === undefined) return undefined;
    const refuse = (message: string) => invalidInput(message, 'input', 'idempotencyKey');
    if (!this.#keyRing.digests('idempotency-digest', materialOf(input)).includes(earlier.inputDigest)) {
      return refuse('This idempotency key was used with another input. Use a new key for a new connection.');
    }
    const [connection] = await connections.findMany(principal.organizationId, [earlier.connectionId]);
    if (connection === undefined) return refuse('The connection that this idempotency key made has been deleted.');
    return { connection, secret: undefined };
  }

  #record({ audit }: Stores, principal: Principal, action: AuditAction, { id }: Connection, detail?: string) {
    return audit.append(createAuditEvent(principal, action, id, this.#clock.now(), detail));
  }

  /** Runs a change; what a constraint refuses becomes the refusal that says so of the input under `root`. */
  async #transact<T>(work: (stores: Stores) => Promise<T | Refusal>, ...root: string[]): Promise<T | Refusal> {
    await this.#showLastUses();
    try {
      return await this.#database.transact(work);
    } catch (error) {
      if (error instanceof UniquenessError) return refusalOfUniqueness(error.uniqueness, root);
      throw error;
    }
  }
}

async function findOne(stores: Stores, { organizationId }: Principal, id: string): Promise<Connection | undefined> {
  const [connection] = await stores.connections.findMany(organizationId, [id]);
  return connection;
}

/** What makes two creates the same. */
function materialOf({ name, connector, authenticationType }: CreateConnectionInput): string {
  return JSON.stringify([name, connector, authenticationType]);
}
