import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../lib/clock.js';
import type { Secret } from '../../lib/secrets.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type {
  TenantFailure,
  TenantIntrospection,
  TenantPort,
  TenantRateLimited,
  TenantRefused,
  TenantToken,
  TenantUnavailable,
  TenantUrl,
} from './tenant.port.js';

const REFUSED_MS_MIN = 5_000;
const REFUSED_MS_MAX = 60_000;
const REMEMBERED_MAX = 10_000;

interface Refused {
  readonly answer: TenantRefused;
  readonly until: number;
  readonly forMs: number;
}

const CIRCUIT_OPEN: TenantUnavailable = { outcome: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN', detail: '' };

/**
 * Spares tenants questions with a known answer. A refused client waits some seconds before its next question, and twice
 * as long after each further refusal, up to a minute; another secret is asked about at once. A client that a tenant
 * told when to come back waits until then. A circuit breaker spares a tenant that is down; neither wait counts as a
 * refusal.
 */
export class CarefulTenants implements TenantPort {
  readonly #tenants: TenantPort;
  readonly #clock: Clock;
  readonly #refused = new LRUCache<string, Refused>({ max: REMEMBERED_MAX });
  readonly #limitedUntil = new LRUCache<string, number>({ max: REMEMBERED_MAX });
  readonly #breakers = new Map<TenantUrl, CircuitBreaker>();
  readonly #answers = new Map<string, number>();

  constructor(tenants: TenantPort, clock: Clock) {
    this.#tenants = tenants;
    this.#clock = clock;
  }

  /** How many questions were answered since the start, by outcome; `SPARED` without asking the tenant. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  requestToken(tenantUrl: TenantUrl, clientId: string, clientSecret: Secret): Promise<TenantToken | TenantFailure> {
    return this.#ask(tenantUrl, keyOf(clientId, clientSecret), () =>
      this.#tenants.requestToken(tenantUrl, clientId, clientSecret),
    );
  }

  introspectToken(
    tenantUrl: TenantUrl,
    clientId: string,
    clientSecret: Secret,
    token: Secret,
  ): Promise<TenantIntrospection | TenantFailure> {
    return this.#ask(tenantUrl, keyOf(clientId, clientSecret), () =>
      this.#tenants.introspectToken(tenantUrl, clientId, clientSecret, token),
    );
  }

  checkAccessKey(tenantUrl: TenantUrl, accessKey: Secret): Promise<{ readonly outcome: 'ACCEPTED' } | TenantFailure> {
    return this.#ask(tenantUrl, keyOf('', accessKey), () => this.#tenants.checkAccessKey(tenantUrl, accessKey));
  }

  async #ask<T extends { readonly outcome: string }>(
    tenantUrl: TenantUrl,
    credential: string,
    question: () => Promise<T | TenantFailure>,
  ): Promise<T | TenantFailure> {
    const key = `${tenantUrl} ${credential}`;
    const breaker = this.#breakerOf(tenantUrl);
    const known = this.#known(key) ?? (breaker.mayAsk(this.#clock.now()) ? undefined : CIRCUIT_OPEN);
    if (known !== undefined) {
      this.#countAnswer('SPARED');
      return known;
    }
    const answer = await question();
    this.#countAnswer(answer.outcome);
    this.#note(key, breaker, answer as T | TenantFailure);
    return answer;
  }

  #countAnswer(outcome: string): void {
    this.#answers.set(outcome, (this.#answers.get(outcome) ?? 0) + 1);
  }

  #known(key: string): TenantRefused | TenantRateLimited | undefined {
    const now = this.#clock.now();
    const refused = this.#refused.get(key);
    if (refused !== undefined && refused.until > now) return refused.answer;
    const limitedUntil = this.#limitedUntil.get(key);
    if (limitedUntil === undefined || limitedUntil <= now) return undefined;
    return { outcome: 'RATE_LIMITED', retryAfterMs: limitedUntil - now };
  }

  #note(key: string, breaker: CircuitBreaker, answer: { readonly outcome: string } | TenantFailure): void {
    const now = this.#clock.now();
    if (answer.outcome === 'UNAVAILABLE') {
      breaker.failed(now);
      return;
    }
    breaker.succeeded();
    if (answer.outcome === 'RATE_LIMITED') {
      this.#limitedUntil.set(key, now + (answer as TenantRateLimited).retryAfterMs);
    } else if (answer.outcome === 'REFUSED') {
      const before = this.#refused.get(key);
      const forMs = before === undefined ? REFUSED_MS_MIN : Math.min(2 * before.forMs, REFUSED_MS_MAX);
      this.#refused.set(key, { answer: answer as TenantRefused, until: now + forMs, forMs });
    } else {
      this.#refused.delete(key);
    }
  }

  #breakerOf(tenantUrl: TenantUrl): CircuitBreaker {
    let breaker = this.#breakers.get(tenantUrl);
    if (breaker === undefined) {
      breaker = new CircuitBreaker();
      this.#breakers.set(tenantUrl, breaker);
    }
    return breaker;
  }
}

/** Identifies a client and its secret; holds only a digest, since a log could print the key. */
function keyOf(clientId: string, secret: Secret): string {
  return `${clientId} ${createHash('sha256').update(secret.reveal()).digest('base64url')}`;
}
