import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { equalDigests, isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import { clientSecretMaterial } from '../connections/client-secret.js';
import { type Client, type Connection, type ConnectionSecret, isClient } from '../connections/connection.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { AccessToken } from '../tokens/access-token.js';
import type { TokenLookup } from '../tokens/token.lookup.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';

/** A client that has just authenticated, and the secret that it used. */
export interface ProvenClient {
  readonly client: Client;
  readonly secret: ConnectionSecret;
}

/** The form of a tenant's access key, as createConnection takes it. */
const FOREIGN_KEY = /^[\x21-\x7e]{1,512}$/;
/** Compared where no secret can match, so that every answer takes the same time. */
const NO_DIGEST = 'A'.repeat(43);

/**
 * Authenticates machines. Every failure (unknown, disabled, wrong secret) gives one answer after the same work, so
 * neither words nor time tell which clients exist.
 */
export class CredentialService {
  readonly #tokens: TokenLookup;
  readonly #organizations: OrganizationDirectory;
  readonly #keyRing: KeyRing;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;
  readonly #clients: ConnectionLookup;

  constructor(parts: {
    clients: ConnectionLookup;
    tokens: TokenLookup;
    organizations: OrganizationDirectory;
    keyRing: KeyRing;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#tokens = parts.tokens;
    this.#organizations = parts.organizations;
    this.#keyRing = parts.keyRing;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
    this.#clients = parts.clients;
  }

  /** @throws DomainError INVALID_CLIENT */
  async authenticateClient(clientId: string, clientSecret: Secret): Promise<ProvenClient> {
    const connection = await this.#clients.findByClientId(clientId);
    const now = this.#clock.now();
    const material = clientSecretMaterial(connection?.organizationId ?? '', clientId, clientSecret);
    const secret = this.#matchingSecret(connection?.secrets ?? [], material, now);
    if (connection === undefined || !isClient(connection) || secret === undefined || !this.#isAccepted(connection)) {
      throw new DomainError('INVALID_CLIENT');
    }
    this.#usage.secretUsed(secret.id, connection.id, now);
    return { client: connection, secret };
  }

  /**
   * Whether a proven client would authenticate again: neither its connection nor its secret has changed since. False
   * where memory alone cannot tell.
   */
  isStillProven({ client, secret }: ProvenClient): boolean {
    const now = this.#clock.now();
    if (!this.#clients.isCurrent(client) || (secret.expiresAt !== undefined && secret.expiresAt <= now)) return false;
    this.#usage.secretUsed(secret.id, client.id, now);
    return true;
  }

  /** @throws DomainError INVALID_TOKEN */
  async authenticateAccessKey(accessKey: Secret): Promise<Connection> {
    const text = accessKey.reveal();
    // A key that Latchkey cannot have made may be a tenant's, where the configuration names a tenant.
    const isOurs = isWellFormedSecret('accessKey', text);
    if (!isOurs && !(this.#organizations.hasUpstream && FOREIGN_KEY.test(text))) throw new DomainError('INVALID_TOKEN');
    const digests = this.#keyRing.digests('access-key-digest', text);
    const connection = await this.#clients.findByAccessKeyDigests(digests);
    const now = this.#clock.now();
    const secret = connection?.secrets.find(
      ({ digest, expiresAt }) =>
        (expiresAt === undefined || expiresAt > now) &&
        digests.some((presented) => equalDigests(presented, digest.value)),
    );
    if (connection === undefined || secret === undefined || !this.#isAccepted(connection)) {
      throw new DomainError('INVALID_TOKEN');
    }
    // An organisation that is LOCAL now refuses the keys of its former tenant.
    const { issuer } = this.#organizations.get(connection.organizationId);
    if (!isOurs && issuer === 'LOCAL') throw new DomainError('INVALID_TOKEN');
    this.#usage.secretUsed(secret.id, connection.id, now);
    return connection;
  }

  /** @throws DomainError INVALID_TOKEN */
  async authenticateAccessToken(accessToken: Secret): Promise<AccessToken> {
    const token = await this.#tokens.findLive(accessToken);
    if (token === undefined || !this.#organizations.has(token.organizationId)) {
      throw new DomainError('INVALID_TOKEN');
    }
    this.#usage.tokenUsed(token.id, token.connectionId, this.#clock.now());
    return token;
  }

  /**
   * The client of a live token, as fresh as every remembered client.
   * @throws DomainError INVALID_TOKEN where the client no longer exists
   */
  async clientOf({ clientId }: AccessToken): Promise<Client> {
    const connection = await this.#clients.findByClientId(clientId);
    if (connection === undefined || !isClient(connection)) throw new DomainError('INVALID_TOKEN');
    return connection;
  }

  /** Whether the connection is active and the configuration still names its organisation. */
  #isAccepted({ status, organizationId }: Connection): boolean {
    return status === 'ACTIVE' && this.#organizations.has(organizationId);
  }

  /** The secret that matches, after one comparison for each kept secret and at least one. */
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
