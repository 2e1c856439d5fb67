import type { Clock } from '../../lib/clock.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionStore } from '../connections/connection.store.js';
import type { Principal } from '../principal.js';
import { invalidInput, notFound, type Refusal } from '../refusal.js';
import type { TokenLookup } from '../tokens/token.lookup.js';
import type { IssuedToken, TokenService } from '../tokens/token.service.js';

/** A bearer is replaced when less than this is left of it, so that nobody is handed one that is about to die. */
const REFRESH_AHEAD_MS = 15 * 60 * 1000;

/**
 * The shared bearer of a connection: everybody who asks is given the same token, until it nears its end or dies by
 * revocation, reset, disabling or deletion. This process mints it once, however many ask at the same moment.
 */
export class BearerService {
  readonly #connections: ConnectionStore;
  readonly #tokens: TokenService;
  readonly #lookup: TokenLookup;
  readonly #clock: Clock;
  readonly #bearers = new Map<string, IssuedToken>();
  readonly #underWay = new Map<string, Promise<IssuedToken>>();

  constructor(parts: { connections: ConnectionStore; tokens: TokenService; lookup: TokenLookup; clock: Clock }) {
    this.#connections = parts.connections;
    this.#tokens = parts.tokens;
    this.#lookup = parts.lookup;
    this.#clock = parts.clock;
  }

  /** The connection's bearer, minted where there is no good one. */
  async issue(principal: Principal, connectionId: string): Promise<IssuedToken | Refusal> {
    const [connection] = await this.#connections.findMany(principal.organizationId, [connectionId]);
    if (connection === undefined) {
      this.#bearers.delete(connectionId);
      return notFound('connectionId');
    }
    if (connection.authenticationType !== 'OAUTH') {
      return invalidInput('An access key connection has no tokens. Name an OAuth connection.', 'connectionId');
    }
    if (connection.status !== 'ACTIVE') {
      return invalidInput('The connection is disabled. Enable it first.', 'connectionId');
    }
    return this.#once(
      connection,
      async () => (await this.#goodBearer(connection)) ?? this.#mint(principal, connection),
    );
  }

  /** Joins the callers of one connection: while one looks or mints, the others wait for what it finds. */
  #once(connection: Connection, find: () => Promise<IssuedToken>): Promise<IssuedToken> {
    // What is found under an older generation is of no use to who asks now.
    const key = `${connection.id}/${connection.generation}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const finding = find().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, finding);
    return finding;
  }

  async #goodBearer({ id }: Connection): Promise<IssuedToken | undefined> {
    const bearer = this.#bearers.get(id);
    if (bearer === undefined || bearer.token.expiresAt - this.#clock.now() < REFRESH_AHEAD_MS) return undefined;
    const live = await this.#lookup.findLive(bearer.accessToken);
    return live === undefined ? undefined : bearer;
  }

  async #mint(principal: Principal, connection: Connection): Promise<IssuedToken> {
    const bearer = await this.#tokens.issueFor(principal, connection);
    this.#bearers.set(connection.id, bearer);
    return bearer;
  }
}
