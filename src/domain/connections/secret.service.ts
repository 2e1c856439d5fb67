import type { KeyRing } from '../../lib/key-ring.js';
import type { AuditAction } from '../audit/audit-event.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import { invalidInput, notFound, Refusal } from '../refusal.js';
import type { TenantPort } from '../tenants/tenant.port.js';
import { ConnectionFactory, type MadeSecret } from './connection.factory.js';
import { parseReplacement } from './connection.input.js';
import type { Connection } from './connection.js';
import type { ConnectionReader } from './connection.store.js';
import type { WithSecret } from './idempotent-create.js';
import { checkLink, MADE_BY_TENANT, secretFieldOf } from './link-check.js';
import type { ConnectionWriters, RecordedChanges } from './recorded-changes.js';
import { UpstreamCredentials } from './upstream-credentials.js';

/** Replaces the secrets of connections: with new secrets, or with secrets that the tenant has made since. */
export class SecretService {
  readonly #connections: ConnectionReader;
  readonly #changes: RecordedChanges;
  readonly #organizations: OrganizationDirectory;
  readonly #tenants: TenantPort;
  readonly #factory: ConnectionFactory;
  readonly #credentials: UpstreamCredentials;

  constructor(parts: {
    connections: ConnectionReader;
    changes: RecordedChanges;
    organizations: OrganizationDirectory;
    tenants: TenantPort;
    keyRing: KeyRing;
  }) {
    this.#connections = parts.connections;
    this.#changes = parts.changes;
    this.#organizations = parts.organizations;
    this.#tenants = parts.tenants;
    this.#factory = new ConnectionFactory(parts.keyRing);
    this.#credentials = new UpstreamCredentials(parts.keyRing);
  }

  /** Replaces the secret and refuses the old one from now on; the old secret's tokens live on until they expire. */
  async regenerate(principal: Principal, id: string, graceSeconds: number): Promise<WithSecret | Refusal> {
    if (graceSeconds !== 0) {
      return invalidInput('An overlap of two secrets is not offered yet: graceSeconds must be 0.', 'graceSeconds');
    }
    return this.#renew(principal, id, { action: 'connection.secret_regenerated', killsTokens: false });
  }

  /** Replaces a secret that somebody else may hold, and revokes the connection's tokens. */
  resetAfterLeak(principal: Principal, id: string): Promise<WithSecret | Refusal> {
    return this.#renew(principal, id, { action: 'connection.reset_after_leak', killsTokens: true });
  }

  /**
   * Replaces the secret with one that the tenant made; refuses the old secret and its tokens. The tenant has to accept
   * the new secret, unlike at the first linking: no unchecked secret replaces a working one.
   */
  async replaceUpstream(
    principal: Principal,
    id: string,
    given: { readonly clientSecret: string | undefined; readonly accessKey: string | undefined },
  ): Promise<Connection | Refusal> {
    const organization = this.#organizations.get(principal.organizationId);
    const [connection] = await this.#connections.findMany(principal.organizationId, [id]);
    if (connection === undefined) return notFound();
    if (organization.issuer !== 'UPSTREAM') {
      return invalidInput('This organisation makes its own credentials. Regenerate the secret instead.', 'id');
    }
    const secret = parseReplacement(connection.authenticationType, given);
    if (secret instanceof Refusal) return secret;
    const { clientId } = connection;
    const field = secretFieldOf(clientId);
    const verdict = await checkLink(this.#tenants, organization, { clientId, secret });
    if (verdict instanceof Refusal) return verdict;
    if (verdict === 'unchecked') {
      return invalidInput('The tenant could not be reached to check it. Nothing was changed: try again.', field);
    }
    const replacement = { action: 'connection.upstream_credential_replaced', killsTokens: true } as const;
    const replaced = await this.#replace(principal, id, replacement, async (current, { upstreamCredentials }, at) => {
      await this.#credentials.save(upstreamCredentials, current, secret);
      return { secret, kept: this.#factory.keepSecret(current, secret, at) };
    });
    return replaced instanceof Refusal ? replaced : replaced.connection;
  }

  #renew(principal: Principal, id: string, replacement: Replacement): Promise<WithSecret | Refusal> {
    const { issuer } = this.#organizations.get(principal.organizationId);
    return this.#replace(principal, id, replacement, async (connection, _writers, at) =>
      issuer === 'UPSTREAM' ? invalidInput(MADE_BY_TENANT, 'id') : this.#factory.createSecret(connection, at),
    );
  }

  /** Replaces all of the connection's secrets with the secret that `make` returns. */
  #replace(
    principal: Principal,
    id: string,
    { action, killsTokens }: Replacement,
    make: (connection: Connection, writers: ConnectionWriters, at: number) => Promise<MadeSecret | Refusal>,
  ): Promise<WithSecret | Refusal> {
    return this.#changes.change(principal, id, { action }, async (connection, writers, updatedAt) => {
      const made = await make(connection, writers, updatedAt);
      if (made instanceof Refusal) return made;
      const generation = connection.generation + (killsTokens ? 1 : 0);
      const changed = { ...connection, generation, updatedAt, secrets: [made.kept] } as const;
      await writers.connections.replaceSecrets(changed);
      return { connection: changed, secret: made.secret };
    });
  }
}

/** How a change replaces a secret, and whether it revokes the tokens issued for the old secret. */
interface Replacement {
  readonly action: AuditAction;
  readonly killsTokens: boolean;
}
