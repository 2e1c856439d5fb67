import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../lib/clock.js';
import { Secret } from '../../lib/secrets.js';
import { type Client, isClient } from '../connections/connection.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import type { ConnectionReader } from '../connections/connection.store.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { TenantPort, TenantUrl } from '../tenants/tenant.port.js';
import { errorOfTenant, type FindCredential } from './upstream-tokens.js';

/** A live token that a tenant issued: all that the tenant tells of the token. */
export interface UpstreamToken {
  readonly organizationId: string;
  /** The client that asked the tenant; the token may be another client's. */
  readonly connectionId: string;
  readonly clientId: string;
  readonly issuedAt: undefined;
  readonly expiresAt: number;
}

const REMEMBERED_MAX = 10_000;

interface Asked {
  readonly at: number;
  readonly answer: Promise<UpstreamToken | undefined>;
}

/**
 * Introspects a tenant's tokens by asking the tenant. An answer stands for the revocation bound, counted from the
 * sending of the question, so a token that the tenant has ended lives no longer than one of Latchkey's. Where the
 * tenant does not answer, no token is accepted.
 */
export class UpstreamIntrospection {
  readonly #organizations: OrganizationDirectory;
  readonly #connections: ConnectionReader;
  readonly #lookup: ConnectionLookup;
  readonly #tenants: TenantPort;
  readonly #findCredential: FindCredential;
  readonly #clock: Clock;
  readonly #boundMs: number;
  readonly #asked = new LRUCache<string, Asked>({ max: REMEMBERED_MAX });

  constructor(parts: {
    organizations: OrganizationDirectory;
    connections: ConnectionReader;
    lookup: ConnectionLookup;
    tenants: TenantPort;
    findCredential: FindCredential;
    clock: Clock;
    boundMs: number;
  }) {
    this.#organizations = parts.organizations;
    this.#connections = parts.connections;
    this.#lookup = parts.lookup;
    this.#tenants = parts.tenants;
    this.#findCredential = parts.findCredential;
    this.#clock = parts.clock;
    this.#boundMs = parts.boundMs;
  }

  /**
   * Undefined where the organisation has no tenant, or its tenant says no. The client of `clientId` asks; for an admin,
   * each of the organisation's clients asks until the tenant says yes.
   * @throws DomainError TEMPORARILY_UNAVAILABLE; UPSTREAM_REFUSED where the tenant refuses an asking client
   */
  async introspect(
    organizationId: string,
    presented: string,
    clientId: string | undefined,
  ): Promise<UpstreamToken | undefined> {
    const organization = this.#organizations.get(organizationId);
    if (organization.issuer !== 'UPSTREAM' || presented === '') return undefined;
    const clients = await this.#clientsOf(organizationId, clientId);
    let refusal: unknown;
    for (const client of clients) {
      try {
        const token = await this.#asOf(client, organization.tenantUrl, presented);
        if (token !== undefined) return token;
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'UPSTREAM_REFUSED') throw error;
        refusal = error;
      }
    }
    // A refusal does not say that the token is dead.
    if (refusal !== undefined) throw refusal;
    return undefined;
  }

  async #clientsOf(organizationId: string, clientId: string | undefined): Promise<readonly Client[]> {
    const all =
      clientId === undefined
        ? await this.#connections.list(organizationId)
        : [await this.#lookup.findByClientId(clientId)].flatMap((found) => found ?? []);
    return all.filter(isClient).filter((each) => each.status === 'ACTIVE' && each.organizationId === organizationId);
  }

  #asOf(client: Client, tenantUrl: TenantUrl, presented: string): Promise<UpstreamToken | undefined> {
    const digest = createHash('sha256').update(presented).digest('base64url');
    const key = `${client.id}/${client.generation}/${digest}`;
    const now = this.#clock.now();
    const asked = this.#asked.get(key);
    if (asked !== undefined && now - asked.at <= this.#boundMs) return asked.answer.then((token) => this.#live(token));
    const answer = this.#ask(client, tenantUrl, new Secret(presented));
    this.#asked.set(key, { at: now, answer });
    // The next caller repeats a failed question.
    answer.catch(() => this.#asked.get(key)?.answer === answer && this.#asked.delete(key));
    return answer;
  }

  async #ask(client: Client, tenantUrl: TenantUrl, presented: Secret): Promise<UpstreamToken | undefined> {
    const clientSecret = await this.#findCredential(client);
    if (clientSecret === undefined) {
      throw new DomainError('UPSTREAM_REFUSED', { detail: `no credential is linked to ${client.id}` });
    }
    const answer = await this.#tenants.introspectToken(tenantUrl, client.clientId, clientSecret, presented);
    if (answer.outcome === 'INACTIVE') return undefined;
    if (answer.outcome !== 'ACTIVE') throw errorOfTenant(answer);
    const { id: connectionId, clientId, organizationId } = client;
    return this.#live({ organizationId, connectionId, clientId, issuedAt: undefined, expiresAt: answer.expiresAt });
  }

  #live(token: UpstreamToken | undefined): UpstreamToken | undefined {
    return token !== undefined && token.expiresAt > this.#clock.now() ? token : undefined;
  }
}
