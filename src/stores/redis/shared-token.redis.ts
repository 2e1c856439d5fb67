import type { Acquired, SharedToken, SharedTokenStore } from '../../domain/tokens/shared-token.store.js';
import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { Secret } from '../../lib/secrets.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { SHARED_TOKEN_FENCE_TTL_MS, sharedTokenKeys } from './keys.js';

/**
 * The shared tokens of all replicas, encrypted in Redis. A token that was moved to another connection, or given another
 * fence or expiry, does not open, and counts as none. An old token put back whole in the place of a newer one does
 * open: the service checks that each token is live before it gives the token out.
 */
export class RedisSharedTokenStore implements SharedTokenStore {
  readonly #redis: RedisClient;
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;

  constructor(redis: RedisClient, keyRing: KeyRing, clock: Clock) {
    this.#redis = redis;
    this.#keyRing = keyRing;
    this.#clock = clock;
  }

  async acquire(connectionId: string, wantingFence: number | undefined, leaseMs: number): Promise<Acquired> {
    const answer = await orUnavailable(this.#redis, () =>
      this.#redis.acquireSharedToken(
        ...sharedTokenKeys(connectionId),
        wantingFence ?? '',
        leaseMs,
        SHARED_TOKEN_FENCE_TTL_MS,
      ),
    );
    if (answer[0] === 'leased') return { leasedFence: answer[1] };
    if (answer[0] === 'held') return { heldForMs: answer[1] };
    const [, fence, expiresAt, value] = answer;
    const kept = this.#open(connectionId, Number(fence), Number(expiresAt), value);
    return kept === undefined ? this.acquire(connectionId, Number(fence), leaseMs) : { kept };
  }

  async keep(connectionId: string, token: SharedToken): Promise<boolean> {
    const { accessToken, generation, issuedAt, expiresAt, fence } = token;
    const value = this.#keyRing.seal(
      'bearer-encryption',
      new Secret(`${generation} ${issuedAt} ${accessToken.reveal()}`),
      contextOf(connectionId, fence, expiresAt),
    );
    const lifetimeMs = Math.max(1, expiresAt - this.#clock.now());
    const kept = await orUnavailable(this.#redis, () =>
      this.#redis.keepSharedToken(...sharedTokenKeys(connectionId), fence, expiresAt, lifetimeMs, value),
    );
    return kept === 1;
  }

  async release(connectionId: string, fence: number): Promise<void> {
    const [, lease, lastFence] = sharedTokenKeys(connectionId);
    await orUnavailable(this.#redis, () => this.#redis.releaseSharedToken(lease, lastFence, fence));
  }

  #open(connectionId: string, fence: number, expiresAt: number, value: string): SharedToken | undefined {
    const opened = this.#keyRing.open('bearer-encryption', value, contextOf(connectionId, fence, expiresAt));
    if (opened === undefined) return undefined;
    const [generation, issuedAt, accessToken] = opened.reveal().split(' ');
    // An earlier version wrote no instant of issue.
    if (accessToken === undefined) return undefined;
    return {
      accessToken: new Secret(accessToken),
      generation: Number(generation),
      issuedAt: Number(issuedAt),
      expiresAt,
      fence,
    };
  }
}

/** What a shared token is bound to: its key in Redis, its fence and its expiry. */
function contextOf(connectionId: string, fence: number, expiresAt: number): string {
  const [valueKey] = sharedTokenKeys(connectionId);
  return `${valueKey}|${fence}|${expiresAt}`;
}
