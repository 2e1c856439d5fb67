import type {
  TenantFailure,
  TenantIntrospection,
  TenantPort,
  TenantRefused,
  TenantToken,
  TenantUrl,
} from '../domain/tenants/tenant.port.js';
import type { Clock } from '../lib/clock.js';
import type { Secret } from '../lib/secrets.js';
import { type Resolve, resolveBySystem } from './guarded.lookup.js';
import { TenantExchange } from './tenant.exchange.js';
import type { AddressAllowance } from './tenant-address.js';
import { blamesClient, failureOf, readAcceptance, readIntrospection, readToken } from './tenant-answers.js';

const TOKEN_PATH = '/v1/users/m2m/oauth/token';
const INTROSPECT_PATH = '/v1/users/m2m/oauth/token/introspect';
/** The cheapest documented call that needs a key, changes nothing and reads no customer's data. */
const KEY_CHECK_PATH = '/v1/meta/services/objects/list?po=company&em=false';

const DEADLINE_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;
/** The list of objects grows with the tenant's own objects. */
const LIST_BYTES_MAX = 1024 * 1024;

/** Statuses by which a token endpoint refuses a client (RFC 6749 section 5.2, and as third parties' clients expect). */
const REFUSED_AT: readonly number[] = [400, 401, 403];
const REFUSED: TenantRefused = { outcome: 'REFUSED', because: 'CREDENTIALS' };

/** Asks tenants over the REST contract of Gainsight NXT. */
export class TenantClient implements TenantPort {
  readonly #clock: Clock;
  readonly #exchange: TenantExchange;

  constructor(parts: AddressAllowance & { clock: Clock; resolve?: Resolve; deadlineMs?: number }) {
    this.#clock = parts.clock;
    const { allowLoopback, resolve = resolveBySystem, deadlineMs = DEADLINE_MS } = parts;
    this.#exchange = new TenantExchange({ allowLoopback, resolve, deadlineMs });
  }

  async requestToken(
    tenantUrl: TenantUrl,
    clientId: string,
    clientSecret: Secret,
  ): Promise<TenantToken | TenantFailure> {
    const authorization = basicAuthorization(clientId, clientSecret);
    if (authorization === undefined) return REFUSED;
    const sentAt = this.#clock.now();
    // No body and no content type, as in the contract.
    const response = await this.#exchange.send(tenantUrl, {
      method: 'POST',
      path: TOKEN_PATH,
      headers: { authorization },
      answerBytesMax: ANSWER_BYTES_MAX,
    });
    if ('outcome' in response) return response;
    return failureOf(response, { now: this.#clock.now(), refusedAt: REFUSED_AT }) ?? readToken(response, sentAt);
  }

  async introspectToken(
    tenantUrl: TenantUrl,
    clientId: string,
    clientSecret: Secret,
    token: Secret,
  ): Promise<TenantIntrospection | TenantFailure> {
    const authorization = basicAuthorization(clientId, clientSecret);
    if (authorization === undefined) return REFUSED;
    const response = await this.#exchange.send(tenantUrl, {
      method: 'POST',
      path: INTROSPECT_PATH,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: token.reveal() }),
      answerBytesMax: ANSWER_BYTES_MAX,
    });
    if ('outcome' in response) return response;
    // Callers choose the token that they present. A 400 for a bad token must not pass for a refusal of the client,
    // which would end everybody else's questions.
    const refusedAt = blamesClient(response) ? REFUSED_AT : REFUSED_AT.filter((status) => status !== 400);
    const failure = failureOf(response, { now: this.#clock.now(), refusedAt });
    if (response.status === 400 && failure?.outcome === 'UNAVAILABLE') return { outcome: 'INACTIVE' };
    return failure ?? readIntrospection(response);
  }

  async checkAccessKey(
    tenantUrl: TenantUrl,
    accessKey: Secret,
  ): Promise<{ readonly outcome: 'ACCEPTED' } | TenantFailure> {
    const accesskey = accessKey.reveal();
    if (!isHeaderText(accesskey)) return REFUSED;
    const response = await this.#exchange.send(tenantUrl, {
      method: 'GET',
      path: KEY_CHECK_PATH,
      headers: { accesskey },
      answerBytesMax: LIST_BYTES_MAX,
    });
    if ('outcome' in response) return response;
    return failureOf(response, { now: this.#clock.now(), refusedAt: [401, 403] }) ?? readAcceptance(response);
  }

  /** Ends the connections to tenants. */
  close(): void {
    this.#exchange.close();
  }
}

/**
 * As in the contract, without the form encoding of RFC 6749 section 2.3.1. Undefined where Basic cannot hold the
 * credentials (RFC 7617 section 2: no colon in the id, no control characters): no tenant makes such credentials.
 */
function basicAuthorization(clientId: string, clientSecret: Secret): string | undefined {
  const secret = clientSecret.reveal();
  if (clientId.includes(':') || !isHeaderText(clientId) || !isHeaderText(secret)) return undefined;
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
