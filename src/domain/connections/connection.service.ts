import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { type AuditAction, createAuditEvent } from '../audit/audit-event.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import { Refusal } from '../refusal.js';
import type { TenantPort } from '../tenants/tenant.port.js';
import type { NotedUses } from '../usage/noted-uses.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';
import { parseAllowedCidrs } from './allowed-cidrs.js';
import { ConnectionFactory } from './connection.factory.js';
import { type CreateConnectionRequest, parseConnectionName, parseCreateConnection } from './connection.input.js';
import type { Connection } from './connection.js';
import type { ConnectionReader } from './connection.store.js';
import { type Created, IdempotentCreates } from './idempotent-create.js';
import type { IdempotentCreateReader } from './idempotent-create.store.js';
import { checkFirstLink } from './link-check.js';
import type { RecordedChanges } from './recorded-changes.js';
import { UpstreamCredentials } from './upstream-credentials.js';

/** The stores that the service reads. */
interface Kept {
  readonly connections: ConnectionReader;
  readonly idempotentCreates: IdempotentCreateReader;
}

/**
 * What super admins do with their organisation's connections. Each change and its audit event last together or not at
 * all; the database's constraints enforce the caps and unique names, however requests race.
 */
export class ConnectionService {
  readonly #database: Kept;
  readonly #changes: RecordedChanges;
  readonly #organizations: OrganizationDirectory;
  readonly #tenants: TenantPort;
  readonly #credentials: UpstreamCredentials;
  readonly #creates: IdempotentCreates;
  readonly #factory: ConnectionFactory;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: {
    database: Kept;
    changes: RecordedChanges;
    organizations: OrganizationDirectory;
    tenants: TenantPort;
    keyRing: KeyRing;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#database = parts.database;
    this.#changes = parts.changes;
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
    const noted = this.#usage.noted();
    const connections = await this.#database.connections.list(organizationId);
    return connections.map((connection) => noted.ofConnection(connection));
  }

  /** In the order of `ids`; undefined for an absent connection and for another organisation's. */
  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const noted = this.#usage.noted();
    const found = await this.#database.connections.findMany(organizationId, ids);
    return found.map((connection) => connection && noted.ofConnection(connection));
  }

  async create(principal: Principal, request: CreateConnectionRequest): Promise<Created | Refusal> {
    const organization = this.#organizations.get(principal.organizationId);
    const input = parseCreateConnection(request, organization.issuer);
    if (input instanceof Refusal) return input;
    const { linked } = input;
    const noted = this.#usage.noted();
    // A repeated create asks the tenant nothing: the tenant may have made another secret since.
    const before = linked && (await this.#creates.findEarlier(this.#database, principal, input));
    if (before !== undefined) return withLastUses(before, noted);
    const checked = await checkFirstLink(this.#tenants, organization, linked);
    if (checked instanceof Refusal) return checked;
    return this.#changes.run<Created>(principal, async (writers) => {
      const made = this.#factory.createConnection(principal, input, this.#clock.now());
      const earlier = await this.#creates.claim(writers, input, made.connection);
      if (earlier !== undefined) return withLastUses(earlier, noted);
      await writers.connections.insert(made.connection);
      if (linked !== undefined)
        await this.#credentials.save(writers.upstreamCredentials, made.connection, linked.secret);
      const { id, createdAt } = made.connection;
      await writers.audit.append(createAuditEvent(principal, 'connection.created', id, createdAt, input.name));
      return { connection: made.connection, secret: linked === undefined ? made.secret : undefined, ...checked };
    });
  }

  async rename(principal: Principal, id: string, newName: string): Promise<Connection | Refusal> {
    const name = parseConnectionName(newName);
    if (name instanceof Refusal) return name;
    return this.#update(principal, id, { action: 'connection.renamed', detail: name }, () => ({ name }));
  }

  /** Refuses the connection's secrets until a super admin enables it again, and its tokens for good. */
  disable(principal: Principal, id: string): Promise<Connection | Refusal> {
    return this.#update(principal, id, { action: 'connection.disabled' }, ({ generation }) => ({
      status: 'DISABLED',
      generation: generation + 1,
    }));
  }

  enable(principal: Principal, id: string): Promise<Connection | Refusal> {
    return this.#update(principal, id, { action: 'connection.enabled' }, () => ({ status: 'ACTIVE' }));
  }

  /** Restricts the connection's credentials to these addresses; an empty list allows any address. */
  async setAllowedCidrs(principal: Principal, id: string, cidrs: readonly string[]): Promise<Connection | Refusal> {
    const allowedCidrs = parseAllowedCidrs(cidrs);
    if (allowedCidrs instanceof Refusal) return allowedCidrs;
    const detail = allowedCidrs.join(', ') || 'from anywhere';
    return this.#update(principal, id, { action: 'connection.allowed_cidrs_set', detail }, () => ({ allowedCidrs }));
  }

  /** Revokes every token of the connection at once; its secrets stay valid. */
  revokeTokens(principal: Principal, id: string): Promise<Connection | Refusal> {
    const revoke = ({ generation }: Connection) => ({ generation: generation + 1 });
    return this.#update(principal, id, { action: 'connection.tokens_revoked' }, revoke);
  }

  delete(principal: Principal, id: string): Promise<{ readonly id: string } | Refusal> {
    const recorded = { action: 'connection.deleted', detail: ({ name }: Connection) => name } as const;
    return this.#changes.change(principal, id, recorded, async (connection, { connections }) => {
      await connections.delete(connection);
      return { id };
    });
  }

  #update(
    principal: Principal,
    id: string,
    recorded: { action: AuditAction; detail?: string },
    change: (connection: Connection) => Partial<Connection>,
  ): Promise<Connection | Refusal> {
    return this.#changes.change(principal, id, recorded, async (connection, { connections }, updatedAt) => {
      const changed = { ...connection, ...change(connection), updatedAt };
      await connections.update(changed);
      return changed;
    });
  }
}

function withLastUses(earlier: Created | Refusal, noted: NotedUses): Created | Refusal {
  return earlier instanceof Refusal ? earlier : { ...earlier, connection: noted.ofConnection(earlier.connection) };
}
