import { Secret } from '../../lib/secrets.js';
import { type Client, type Connection, isClient } from '../connections/connection.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import type { ConnectionReader } from '../connections/connection.store.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import type { TenantUrl } from '../tenants/tenant.port.js';
import type { SharedTokenService } from '../tokens/shared-token.service.js';
import type { SharedToken } from '../tokens/shared-token.store.js';

/** The tenant's credential that replaces the caller's. */
export interface AttachedCredential {
  readonly tenantUrl: TenantUrl;
  readonly header: readonly [name: 'authorization' | 'accesskey', value: Secret];
  /** Gets another credential after the tenant's 401; undefined where there is none. @throws DomainError */
  readonly replace: () => Promise<AttachedCredential | undefined>;
}

/** Exchanges a caller's Latchkey credential for a credential of the organisation's tenant. */
export class UpstreamAccess {
  readonly #organizations: OrganizationDirectory;
  readonly #connections: ConnectionReader;
  readonly #clients: ConnectionLookup;
  readonly #sharedTokens: SharedTokenService;
  readonly #accessKeys = new WeakMap<Connection, Secret>();
  readonly #findAccessKey: (connection: Connection) => Promise<Secret | undefined>;

  constructor(parts: {
    organizations: OrganizationDirectory;
    connections: ConnectionReader;
    clients: ConnectionLookup;
    sharedTokens: SharedTokenService;
    findAccessKey: (connection: Connection) => Promise<Secret | undefined>;
  }) {
    this.#organizations = parts.organizations;
    this.#connections = parts.connections;
    this.#clients = parts.clients;
    this.#sharedTokens = parts.sharedTokens;
    this.#findAccessKey = parts.findAccessKey;
  }

  /**
   * A machine gets its own connection's credential; an admin the organisation's access key, else its oldest client's
   * shared token.
   * @throws DomainError NOT_FOUND where the organisation has no tenant or no linked credential; UPSTREAM_REFUSED,
   * TEMPORARILY_UNAVAILABLE where the tenant issues no token
   */
  async attach(principal: Principal): Promise<AttachedCredential> {
    const organization = this.#organizations.get(principal.organizationId);
    if (organization.issuer !== 'UPSTREAM') {
      throw new DomainError('NOT_FOUND', { hint: 'Your organisation has no tenant behind the gateway.' });
    }
    const connection = await this.#connectionOf(principal);
    return isClient(connection)
      ? this.#attachToken(organization.tenantUrl, connection, await this.#sharedTokens.forConnection(connection))
      : this.#attachAccessKey(organization.tenantUrl, connection);
  }

  async #connectionOf(principal: Principal): Promise<Connection> {
    const { organizationId } = principal;
    if (principal.role !== 'MACHINE') {
      const active = (await this.#connections.list(organizationId)).filter(({ status }) => status === 'ACTIVE');
      const [connection] = [...active.filter((each) => !isClient(each)), ...active];
      if (connection !== undefined) return connection;
      throw new DomainError('NOT_FOUND', { hint: 'No credential of the tenant is linked. Create a connection first.' });
    }
    const connection = await this.#clients.findById(organizationId, principal.connectionId);
    // The connection ended after the machine authenticated.
    if (connection?.status !== 'ACTIVE') throw new DomainError('INVALID_TOKEN');
    return connection;
  }

  #attachToken(tenantUrl: TenantUrl, connection: Client, token: SharedToken): AttachedCredential {
    return {
      tenantUrl,
      header: ['authorization', new Secret(`Bearer ${token.accessToken.reveal()}`)],
      replace: async () => {
        const next = await this.#sharedTokens.replace(connection, token);
        return next === undefined ? undefined : this.#attachToken(tenantUrl, connection, next);
      },
    };
  }

  async #attachAccessKey(tenantUrl: TenantUrl, connection: Connection): Promise<AttachedCredential> {
    // A changed connection is another object, so a stale access key is never found.
    const accessKey = this.#accessKeys.get(connection) ?? (await this.#findAccessKey(connection));
    if (accessKey === undefined) {
      throw new DomainError('UPSTREAM_REFUSED', { detail: `no credential is linked to ${connection.id}` });
    }
    this.#accessKeys.set(connection, accessKey);
    return { tenantUrl, header: ['accesskey', accessKey], replace: async () => undefined };
  }
}
