import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import { createAuditEvent } from '../audit/audit-event.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import { invalidInput, notFound, Refusal } from '../refusal.js';
import { type Database, type Stores, UniquenessError } from '../store.js';
import type { TenantPort } from '../tenants/tenant.port.js';
import { UpstreamCredentials } from '../tenants/upstream-credentials.js';
import { ConnectionFactory } from './connection.factory.js';
import { parseReplacement } from './connection.input.js';
import type { Connection } from './connection.js';
import { refusalOfUniqueness } from './connection.refusals.js';
import { checkLink, secretFieldOf } from './link-check.js';

/** Replaces what a tenant made for a connection by what it made for it since. */
export class LinkService {
  readonly #database: Database;
  readonly #organizations: OrganizationDirectory;
  readonly #tenants: TenantPort;
  readonly #factory: ConnectionFactory;
  readonly #credentials: UpstreamCredentials;
  readonly #clock: Clock;

  constructor(parts: {
    database: Database;
    organizations: OrganizationDirectory;
    tenants: TenantPort;
    keyRing: KeyRing;
    clock: Clock;
  }) {
    this.#database = parts.database;
    this.#organizations = parts.organizations;
    this.#tenants = parts.tenants;
    this.#factory = new ConnectionFactory(parts.keyRing);
    this.#credentials = new UpstreamCredentials(parts.keyRing);
    this.#clock = parts.clock;
  }

  /**
   * The new secret holds from now on; the old one is refused, with the tokens that were issued for it. Unlike at the first
   * linking it has to be checked: there is one that works, and no reason to give it up for one that may not.
   */
  async replaceCredential(
    principal: Principal,
    id: string,
    given: { readonly clientSecret: string | undefined; readonly accessKey: string | undefined },
  ): Promise<Connection | Refusal> {
    const organization = this.#organizations.get(principal.organizationId);
    const [connection] = await this.#database.connections.findMany(principal.organizationId, [id]);
    if (connection === undefined) return notFound('id');
    if (organization.issuer !== 'UPSTREAM') {
      return invalidInput('This organisation makes its own credentials. Regenerate the secret instead.', 'id');
    }
    const secret = parseReplacement(connection.authenticationType, given);
    if (secret instanceof Refusal) return secret;
    const { clientId } = connection;
    const field = secretFieldOf(clientId);
    const verdict = await checkLink(this.#tenants, organization, { clientId, secret }, [field]);
    if (verdict instanceof Refusal) return verdict;
    if (verdict === 'unchecked') {
      return invalidInput('The tenant could not be reached to check it. Nothing was changed: try again.', field);
    }
    return this.#replace(principal, id, secret);
  }

  async #replace(principal: Principal, id: string, secret: Secret): Promise<Connection | Refusal> {
    const work = async (stores: Stores): Promise<Connection | Refusal> => {
      const [current] = await stores.connections.findMany(principal.organizationId, [id]);
      if (current === undefined) return notFound('id');
      const updatedAt = this.#clock.now();
      const kept = this.#factory.keepSecret(current, secret, updatedAt);
      const changed = { ...current, generation: current.generation + 1, updatedAt, secrets: [kept] };
      await stores.connections.replaceSecrets(changed, kept);
      await stores.connections.update(changed);
      await this.#credentials.save(stores, changed, secret);
      await stores.audit.append(createAuditEvent(principal, 'connection.upstream_credential_replaced', id, updatedAt));
      return changed;
    };
    try {
      return await this.#database.transact(principal.organizationId, work);
    } catch (error) {
      if (error instanceof UniquenessError) return refusalOfUniqueness(error.uniqueness, []);
      throw error;
    }
  }
}
