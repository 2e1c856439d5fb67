import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyRing } from '../../src/lib/key-ring.js';
import { type GatewayProcess, spawnGateway } from './gateway-process.js';
import type { GraphqlClient } from './graphql-client.js';
import { PATIENT_MS, type ReplicatedPlace } from './replicated-database.js';
import { bearerByKeys, userByKeys } from './user-of-process.js';

/** Whoever calls without a pause calls for each of these in turn: one of them has 10,000 calls a minute at most. */
const ORGANIZATIONS_FILE = join(import.meta.dirname, 'twenty-organizations.json');

/** Gateways as processes of their own that share a state. */
export class Replicas implements AsyncDisposable {
  readonly place: ReplicatedPlace;
  readonly #deadlineMs: number;
  readonly #keys = KeyRing.generate();
  readonly #started = new AsyncDisposableStack();

  constructor(place: ReplicatedPlace, { deadlineMs = PATIENT_MS }: { readonly deadlineMs?: number } = {}) {
    this.place = place;
    this.#deadlineMs = deadlineMs;
  }

  /** What each of them is given to find the state; `env` goes over it, so that one may have another way to Redis. */
  environment(env: Record<string, string> = {}): Record<string, string> {
    const { databaseUrl, redisUrl } = this.place;
    return {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      LATCHKEY_KEYS: this.#keys,
      LATCHKEY_DRAIN_MS: '0',
      LATCHKEY_STORE_DEADLINE_MS: String(this.#deadlineMs),
      LATCHKEY_LOG_LEVEL: 'warn',
      LATCHKEY_ORGANIZATIONS: ORGANIZATIONS_FILE,
      // Counted as in production, and more than any test calls.
      LATCHKEY_LIMITS: 'on',
      LATCHKEY_CALLS_PER_MINUTE: '10000',
      LATCHKEY_CALLS_PER_DAY: '1000000000',
      LATCHKEY_MANAGEMENT_PER_MINUTE: '100000',
      ...env,
    };
  }

  /** Starts one more. It is killed with the others, at the latest. */
  async start(env: Record<string, string> = {}): Promise<GatewayProcess> {
    return this.#started.use(await spawnGateway({ env: this.environment(env) }));
  }

  /** A super admin's client of one of them. */
  admin({ url }: { readonly url: string }, organizationId = 'default'): GraphqlClient {
    return userByKeys(url, KeyRing.parse(this.#keys), { organizationId });
  }

  /** A super admin's headers. */
  headersOf(organizationId: string): { readonly authorization: string } {
    return bearerByKeys(KeyRing.parse(this.#keys), { organizationId });
  }

  /** A super admin's client of each organisation. */
  admins(replica: { readonly url: string }): readonly GraphqlClient[] {
    const organizations = JSON.parse(readFileSync(ORGANIZATIONS_FILE, 'utf8')) as { id: string }[];
    return organizations.map(({ id }) => this.admin(replica, id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.disposeAsync();
  }
}
