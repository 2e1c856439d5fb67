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

/** A client that has just proven itself, and by which of its secrets. */
export interface ProvenClient {
  readonly client: Client;
  readonly secret: ConnectionSecret;
}

/** As createConnection takes it. */
const FOREIGN_KEY = /^[\x21-\x7e]{1,512}$/;
/** Where no secret can match, one of this length is compared all the same. */
const NO_DIGEST = 'A'.repeat(43);

/**
 * Proves machines by what they present. Whatever is wrong (unknown, disabled, a wrong secret) is one answer after
 * the same work, so that neither words nor time tell which clients exist.
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
   * Whether what has proven a client would prove it again: since then neither its connection nor its secret has changed.
   * False where that is not known without asking.
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
    // What cannot be one of ours may be a tenant's, where there is one.
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
    // Of an organisation that makes its own keys now, one of before is none.
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
   * The client that a live token was issued to, as current as everything that is remembered of clients.
   * @throws DomainError INVALID_TOKEN where it was deleted meanwhile
   */
  async clientOf({ clientId }: AccessToken): Promise<Client> {
    const connection = await this.#clients.findByClientId(clientId);
    if (connection === undefined || !isClient(connection)) throw new DomainError('INVALID_TOKEN');
    return connection;
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
