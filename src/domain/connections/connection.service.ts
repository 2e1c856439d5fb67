import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { parseAllowedCidrs } from '../access/allowed-cidrs.js';
import type { UsageRecorder } from '../access/usage.recorder.js';
import { type AuditAction, createAuditEvent } from '../audit/audit-event.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import { invalidInput, notFound, Refusal } from '../refusal.js';
import { type Database, type Stores, UniquenessError } from '../store.js';
import type { TenantPort } from '../tenants/tenant.port.js';
import { UpstreamCredentials } from '../tenants/upstream-credentials.js';
import { ConnectionFactory } from './connection.factory.js';
import { type CreateConnectionRequest, parseConnectionName, parseCreateConnection } from './connection.input.js';
import type { Connection } from './connection.js';
import { refusalOfUniqueness } from './connection.refusals.js';
import { type Created, IdempotentCreates, type WithSecret } from './idempotent-create.js';
import { checkFirstLink, MADE_BY_TENANT } from './link-check.js';

/** Writing last uses takes milliseconds. */
const SHOW_LAST_USES_WITHIN_MS = 200;

/**
 * What super admins do with their organisation's connections. Each change and its audit event are one transaction;
 * the caps and the uniqueness of names are the database's constraints, whoever races.
 */
export class ConnectionService {
  readonly #database: Database;
  readonly #organizations: OrganizationDirectory;
  readonly #tenants: TenantPort;
  readonly #credentials: UpstreamCredentials;
  readonly #creates: IdempotentCreates;
  readonly #factory: ConnectionFactory;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: {
    database: Database;
    organizations: OrganizationDirectory;
    tenants: TenantPort;
    keyRing: KeyRing;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#database = parts.database;
    this.#organizations = parts.organizations;
    this.#tenants = parts.tenants;
    this.#credentials = new UpstreamCredentials(parts.keyRing);
    this.#creates = new IdempotentCreates(parts.keyRing);
    this.#factory = new ConnectionFactory(parts.keyRing);
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /** The organisation's connections, oldest first. */
  async list(organizationId: string): Promise<readonly Connection[]> {
    await this.#showLastUses();
    return this.#database.connections.list(organizationId);
  }

  /** In the order of `ids`; undefined where absent or another organisation's. */
  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    await this.#showLastUses();
    return this.#database.connections.findMany(organizationId, ids);
  }

  async create(principal: Principal, request: CreateConnectionRequest): Promise<Created | Refusal> {
    const organization = this.#organizations.get(principal.organizationId);
    const input = parseCreateConnection(request, organization.issuer);
    if (input instanceof Refusal) return input;
    const { linked } = input;
    // What was made before is not asked about again: the tenant may have made another secret since.
    const before = linked && (await this.#creates.findEarlier(this.#database, principal, input));
    if (before !== undefined) return before;
    const checked = await checkFirstLink(this.#tenants, organization, linked);
    if (checked instanceof Refusal) return checked;
    return this.#transact<Created>(
      principal,
      async (stores) => {
        const earlier = await this.#creates.findEarlier(stores, principal, input);
        if (earlier !== undefined) return earlier;
        const made = this.#factory.createConnection(principal, input, this.#clock.now());
        await stores.connections.insert(made.connection);
        if (linked !== undefined) await this.#credentials.save(stores, made.connection, linked.secret);
        await this.#creates.remember(stores, input, made.connection);
        await this.#record(stores, principal, 'connection.created', made.connection, input.name);
        return { connection: made.connection, secret: linked === undefined ? made.secret : undefined, ...checked };
      },
      'input',
    );
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

  /** Lets the connection's credentials be used from these addresses alone; where there are none, from anywhere. */
  async setAllowedCidrs(principal: Principal, id: string, cidrs: readonly string[]): Promise<Connection | Refusal> {
    const allowedCidrs = parseAllowedCidrs(cidrs);
    if (allowedCidrs instanceof Refusal) return allowedCidrs;
    const detail = allowedCidrs.join(', ') || 'from anywhere';
    return this.#change(principal, id, 'connection.allowed_cidrs_set', () => ({ allowedCidrs }), { detail });
  }

  /** Kills every token of the connection at once; its secrets go on. */
  revokeTokens(principal: Principal, id: string): Promise<Connection | Refusal> {
    const revoke = ({ generation }: Connection) => ({ generation: generation + 1 });
    return this.#change(principal, id, 'connection.tokens_revoked', revoke, { argument: 'connectionId' });
  }

  async delete(principal: Principal, id: string): Promise<{ readonly id: string } | Refusal> {
    return this.#transact(principal, async (stores) => {
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

  /**
   * Whoever decides to retire a secret by its last use must not be shown an old one; but a full disk, a database that
   * hangs, or a use that cannot be written, keeps nobody from looking, nor waiting for much longer. The next flush logs it.
   */
  async #showLastUses(): Promise<void> {
    await this.#usage.flushWithin(SHOW_LAST_USES_WITHIN_MS).catch(() => undefined);
  }

  async #change(
    principal: Principal,
    id: string,
    action: AuditAction,
    change: (connection: Connection) => Partial<Connection>,
    { argument = 'id', detail }: { argument?: 'id' | 'connectionId'; detail?: string } = {},
  ): Promise<Connection | Refusal> {
    return this.#transact(principal, async (stores) => {
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
    const { issuer } = this.#organizations.get(principal.organizationId);
    return this.#transact(principal, async (stores) => {
      const connection = await findOne(stores, principal, id);
      if (connection === undefined) return notFound('id');
      if (issuer === 'UPSTREAM') return invalidInput(MADE_BY_TENANT, 'id');
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

  #record({ audit }: Stores, principal: Principal, action: AuditAction, { id }: Connection, detail?: string) {
    return audit.append(createAuditEvent(principal, action, id, this.#clock.now(), detail));
  }

  /** Runs a change; what a constraint refuses becomes the refusal that says so of the input under `root`. */
  async #transact<T>(
    { organizationId }: Principal,
    work: (stores: Stores) => Promise<T | Refusal>,
    ...root: string[]
  ): Promise<T | Refusal> {
    await this.#showLastUses();
    try {
      return await this.#database.transact(organizationId, work);
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
