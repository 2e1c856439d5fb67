import type { Clock } from '../../lib/clock.js';
import { instantOf, newIdAt } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { generateSecret, type Secret } from '../../lib/secrets.js';
import type { AuditWriter } from '../audit/audit.store.js';
import { createAuditEvent } from '../audit/audit-event.js';
import type { Changing } from '../change.js';
import type { Client, Connection } from '../connections/connection.js';
import { DomainError } from '../errors.js';
import { type Page, type PageRequest, readPage } from '../page.js';
import type { Principal } from '../principal.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from './access-token.js';
import type { TokenLookup } from './token.lookup.js';
import type { ListedToken, TokenStore, TokenWriter } from './token.store.js';

/** The stores that a change of tokens writes. */
interface TokenWriters {
  readonly tokens: TokenWriter;
  readonly audit: AuditWriter;
}

/** A token with its secret, which Latchkey shows only once. */
export interface IssuedToken {
  readonly accessToken: Secret;
  readonly token: AccessToken;
}

/** Expired tokens go in slices, so that no sweep holds the event loop for long. */
const SWEEP_LIMIT = 1000;

/** Issues, lists and revokes access tokens; MachineService introspects them. */
export class TokenService {
  readonly #tokens: TokenStore;
  readonly #changing: Changing<TokenWriters>;
  readonly #lookup: TokenLookup;
  readonly #keyRing: KeyRing;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: {
    tokens: TokenStore;
    changing: Changing<TokenWriters>;
    lookup: TokenLookup;
    keyRing: KeyRing;
    usage: UsageRecorder;
    clock: Clock;
  }) {
    this.#tokens = parts.tokens;
    this.#changing = parts.changing;
    this.#usage = parts.usage;
    this.#lookup = parts.lookup;
    this.#keyRing = parts.keyRing;
    this.#clock = parts.clock;
  }

  /** Issues a new token each time, durable when the promise resolves, to a client that has just authenticated. */
  async issue(connection: Client): Promise<IssuedToken> {
    const issued = this.#mint(connection);
    await this.#tokens.insert(issued.token);
    return issued;
  }

  /** Issues a new token to an admin in a machine's name, and records the admin in the same transaction. */
  async issueFor(principal: Principal, connection: Client): Promise<IssuedToken> {
    const issued = this.#mint(connection);
    await this.#changing.change(principal.organizationId, async ({ tokens, audit }) => {
      await tokens.insert(issued.token);
      const { id, issuedAt } = issued.token;
      await audit.append(createAuditEvent(principal, 'token.issued', id, issuedAt, connection.name));
    });
    return issued;
  }

  /** The connection's live tokens, newest first. */
  listLive(connection: Connection, request: PageRequest): Promise<Page<ListedToken>> {
    return readPage(
      request,
      (token) => [token.issuedAt, token.id],
      async (slice) => {
        const noted = this.#usage.noted();
        const listed = await this.#tokens.listLive(connection, this.#clock.now(), slice);
        return listed.map((token) => noted.ofToken(token));
      },
    );
  }

  /**
   * Revokes a token of the caller's organisation. The outcome is the same where the organisation has no such token (RFC
   * 7009 section 2.2), so nobody learns which tokens others have.
   * @throws DomainError UNAUTHORIZED_CLIENT where a machine revokes a live token of another client of its organisation
   */
  async revoke(principal: Principal, presented: Secret): Promise<void> {
    const token = await this.#lookup.findLive(presented);
    if (token === undefined || token.organizationId !== principal.organizationId) return;
    // RFC 7009 section 2.1: the client learns that the token is not its own. Introspection tells the client no less.
    if (principal.role === 'MACHINE' && token.clientId !== principal.clientId)
      throw new DomainError('UNAUTHORIZED_CLIENT');
    await this.#revoke(principal, token);
  }

  /** Revokes a live token of the connection by its id. The outcome is the same where the connection has no such token. */
  async revokeListed(principal: Principal, connection: Connection, id: string): Promise<void> {
    const issuedAt = instantOf('tok', id);
    if (issuedAt === undefined) return;
    // The list's place just before the token: `~` sorts behind all that an id may go on with.
    const after = [issuedAt, `${id}~`] as const;
    const [token] = await this.#tokens.listLive(connection, this.#clock.now(), { after, limit: 1 });
    if (token?.id === id) await this.#revoke(principal, token);
  }

  async #revoke(principal: Principal, token: ListedToken): Promise<void> {
    await this.#changing.change(principal.organizationId, async ({ tokens, audit }) => {
      if (!(await tokens.revoke(token))) return;
      await audit.append(createAuditEvent(principal, 'token.revoked', token.id, this.#clock.now()));
    });
  }

  /** Forgets a slice of the expired tokens; true while more may remain. */
  async sweepExpired(): Promise<boolean> {
    return (await this.#tokens.sweep(this.#clock.now(), SWEEP_LIMIT)) === SWEEP_LIMIT;
  }

  #mint(connection: Client): IssuedToken {
    const accessToken = generateSecret('accessToken');
    const issuedAt = this.#clock.now();
    const token: AccessToken = {
      id: newIdAt('tok', issuedAt),
      digest: this.#keyRing.digest('access-token-digest', accessToken.reveal()).value,
      organizationId: connection.organizationId,
      connectionId: connection.id,
      clientId: connection.clientId,
      generation: connection.generation,
      issuedAt,
      expiresAt: issuedAt + ACCESS_TOKEN_LIFETIME_SECONDS * 1000,
      lastUsedAt: undefined,
    };
    return { accessToken, token };
  }
}
