import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { equalDigests, isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import type { Connection, ConnectionSecret } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { LiveToken, TokenLookup } from '../tokens/token.lookup.js';
import { ClientLookup } from './client.lookup.js';
import { clientSecretMaterial } from './client-secret.js';
import type { UsageRecorder } from './usage.recorder.js';

/** An OAuth connection whose client has just proven itself. */
export type Client = Connection & { readonly clientId: string };

function isClient(connection: Connection): connection is Client {
  return connection.clientId !== undefined;
}

/** Where no secret can match, one of this length is compared all the same. */
const NO_DIGEST = 'A'.repeat(43);

/**
 * Proves machines by what they present. Whatever is wrong (unknown, disabled, a wrong secret) is one answer after
 * the same work, so that neither words nor time tell which clients exist.
 */
export class CredentialService {
  readonly #connections: ConnectionStore;
  readonly #tokens: TokenLookup;
  readonly #organizations: OrganizationDirectory;
  readonly #keyRing: KeyRing;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;
  readonly #clients: ClientLookup;

  constructor(parts: {
    connections: ConnectionStore;
    tokens: TokenLookup;
    organizations: OrganizationDirectory;
    keyRing: KeyRing;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#connections = parts.connections;
    this.#tokens = parts.tokens;
    this.#organizations = parts.organizations;
    this.#keyRing = parts.keyRing;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
    this.#clients = new ClientLookup(parts.connections);
  }

  /** @throws DomainError INVALID_CLIENT */
  async authenticateClient(clientId: string, clientSecret: Secret): Promise<Client> {
    const connection = await this.#clients.find(clientId);
    const now = this.#clock.now();
    const material = clientSecretMaterial(connection?.organizationId ?? '', clientId, clientSecret);
    const secret = this.#matchingSecret(connection?.secrets ?? [], material, now);
    if (connection === undefined || !isClient(connection) || secret === undefined || !this.#isAccepted(connection)) {
      throw new DomainError('INVALID_CLIENT');
    }
    this.#usage.secretUsed(secret.id, connection.id, now);
    return connection;
  }

  /** @throws DomainError INVALID_TOKEN */
  async authenticateAccessKey(accessKey: Secret): Promise<Connection> {
    const text = accessKey.reveal();
    if (!isWellFormedSecret('accessKey', text)) throw new DomainError('INVALID_TOKEN');
    const digests = this.#keyRing.digests('access-key-digest', text);
    const connection = await this.#connections.findByAccessKeyDigests(digests);
    const now = this.#clock.now();
    const secret = connection?.secrets.find(
      ({ digest, expiresAt }) =>
        (expiresAt === undefined || expiresAt > now) &&
        digests.some((presented) => equalDigests(presented, digest.value)),
    );
    if (connection === undefined || secret === undefined || !this.#isAccepted(connection)) {
      throw new DomainError('INVALID_TOKEN');
    }
    this.#usage.secretUsed(secret.id, connection.id, now);
    return connection;
  }

  /** @throws DomainError INVALID_TOKEN */
  async authenticateAccessToken(accessToken: Secret): Promise<LiveToken> {
    const found = await this.#tokens.findLive(accessToken);
    if (found === undefined || !this.#organizations.has(found.token.organizationId)) {
      throw new DomainError('INVALID_TOKEN');
    }
    this.#usage.tokenUsed(found.token.id, found.token.connectionId, this.#clock.now());
    return found;
  }

  /** Neither switched off nor of an organisation that the configuration no longer names. */
  #isAccepted({ status, organizationId }: Connection): boolean {
    return status === 'ACTIVE' && this.#organizations.has(organizationId);
  }

  /** The secret that was presented, after one comparison for each that is kept and at least one. */
  #matchingSecret(secrets: readonly ConnectionSecret[], material: string, now: number): ConnectionSecret | undefined {
    const digests = new Map<string, string>();
    const digestUnder = (kid: string): string => {
      const digest = digests.get(kid) ?? this.#keyRing.digestUnder(kid, 'client-secret-digest', material) ?? '';
      digests.set(kid, digest);
      return digest;
    };
    if (secrets.length === 0) equalDigests(digestUnder(this.#keyRing.activeKid), NO_DIGEST);
    let match: ConnectionSecret | undefined;
    for (const secret of secrets) {
      const equal = equalDigests(digestUnder(secret.digest.kid), secret.digest.value);
      if (equal && (secret.expiresAt === undefined || secret.expiresAt > now)) match = secret;
    }
    return match;
  }
}
