import { setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../lib/clock.js';
import { type Client, isClient } from '../connections/connection.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import { DomainError } from '../errors.js';
import type { LimitService } from '../limits/limit.service.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Issuer } from '../organizations/organization.js';
import { machineOf, type Principal } from '../principal.js';
import { invalidInput, notFound, type Refusal } from '../refusal.js';
import type { MintedToken, SharedTokenSource } from './shared-token.source.js';
import type { SharedToken, SharedTokenStore } from './shared-token.store.js';
import { isDue, isTooOld } from './shared-token-age.js';

/** A caller gives up waiting for another's minting after this. */
const WAIT_MS = 14_000;
const POLL_MS = 10;
const REMEMBERED_MAX = 10_000;
/** A younger shared token is not replaced after a refusal: the tenant would refuse the next one as well. */
const REPLACE_AFTER_MS = 5_000;

type Mint = () => Promise<MintedToken>;

/**
 * The shared token of a connection: every caller, at every replica, gets the same token until it nears its end or dies
 * by revocation, reset, disabling or deletion. However many callers ask at once, one token is minted.
 */
export class SharedTokenService {
  readonly #connections: ConnectionLookup;
  readonly #organizations: OrganizationDirectory;
  readonly #store: SharedTokenStore;
  readonly #sources: Readonly<Record<Issuer, SharedTokenSource>>;
  readonly #limits: LimitService;
  readonly #clock: Clock;
  readonly #jitter: number;
  readonly #remembered = new LRUCache<string, SharedToken>({ max: REMEMBERED_MAX });
  readonly #underWay = new Map<string, Promise<SharedToken>>();
  #mintedCount = 0;

  /** `jitter`, from 0 to 1, is each replica's own: the first replica to refresh mints, the others find its token. */
  constructor(parts: {
    connections: ConnectionLookup;
    organizations: OrganizationDirectory;
    store: SharedTokenStore;
    sources: Readonly<Record<Issuer, SharedTokenSource>>;
    limits: LimitService;
    clock: Clock;
    jitter: number;
  }) {
    this.#connections = parts.connections;
    this.#organizations = parts.organizations;
    this.#store = parts.store;
    this.#sources = parts.sources;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#jitter = parts.jitter;
  }

  /** How many shared tokens this replica has minted since its start. */
  get mintedCount(): number {
    return this.#mintedCount;
  }

  /** The shared token of a connection that an admin names; mints a token where there is no good one. */
  async issue(principal: Principal, connectionId: string): Promise<SharedToken | Refusal> {
    const connection = await this.#connections.findById(principal.organizationId, connectionId);
    // Nothing happens before this check: the connection may be another organisation's.
    if (connection === undefined) return notFound();
    if (!isClient(connection)) {
      return invalidInput('An access key connection has no tokens. Name an OAuth connection.', 'id');
    }
    if (connection.status !== 'ACTIVE') {
      return invalidInput('The connection is disabled. Enable it first.', 'id');
    }
    return this.#find(connection, async () => {
      // Minting counts as a call, like a request to the token endpoint; getting a minted token does not.
      await this.#limits.countCalls(connection.organizationId, 1);
      return this.#sourceOf(connection).mint(principal, connection);
    });
  }

  /** The shared token of an active connection, for a call that counts by itself. @throws DomainError */
  forConnection(connection: Client): Promise<SharedToken> {
    return this.#find(connection, this.#mintForItself(connection));
  }

  /**
   * The shared token to use after the tenant refused `refused` (401). However many calls and replicas meet the refusal,
   * one replaces the token. Undefined where the tenant would refuse another token as well.
   */
  async replace(connection: Client, refused: SharedToken): Promise<SharedToken | undefined> {
    const known = this.#remembered.get(connection.id);
    if (known !== undefined && known.fence > refused.fence) return known;
    // A replica whose clock is ahead may have minted it: its age is then anybody's guess, but no reason to keep it.
    if (Math.abs(this.#clock.now() - refused.issuedAt) < REPLACE_AFTER_MS) return undefined;
    if (known?.fence === refused.fence) this.#remembered.delete(connection.id);
    return this.#once(connection, () => this.#obtain(connection, refused.fence, this.#mintForItself(connection)));
  }

  #mintForItself(connection: Client): Mint {
    const machine = machineOf(connection, 'client secret');
    return () => this.#sourceOf(connection).mint(machine, connection);
  }

  async #find(connection: Client, mint: Mint): Promise<SharedToken> {
    const token = this.#remembered.get(connection.id);
    if (token === undefined || !(await this.#isGood(token, connection))) {
      return this.#once(connection, () => this.#obtain(connection, token?.fence, mint));
    }
    if (isDue(token, this.#clock.now(), this.#jitter)) {
      // After a failure the next caller tries again: the present token is good.
      this.#once(connection, () => this.#refresh(connection, token, mint)).catch(() => undefined);
    }
    return token;
  }

  /** Joins the callers of one connection: while one looks or mints, the others wait for its token. */
  #once(connection: Client, find: () => Promise<SharedToken>): Promise<SharedToken> {
    // A token of an older generation is of no use to a later caller.
    const key = `${connection.id}/${connection.generation}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const finding = find()
      .then((token) => {
        this.#remembered.set(connection.id, token);
        return token;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, finding);
    return finding;
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where another replica's minting takes too long */
  async #obtain(connection: Client, knownFence: number | undefined, mint: Mint): Promise<SharedToken> {
    const { leaseMs } = this.#sourceOf(connection);
    const giveUpAt = performance.now() + WAIT_MS;
    let wantingFence = knownFence;
    while (performance.now() < giveUpAt) {
      const acquired = await this.#store.acquire(connection.id, wantingFence, leaseMs);
      if ('kept' in acquired) {
        if (await this.#isGood(acquired.kept, connection)) return acquired.kept;
        wantingFence = acquired.kept.fence;
      } else if ('leasedFence' in acquired) {
        const minted = await this.#mint(connection, acquired.leasedFence, mint);
        if (minted !== undefined) return minted;
      } else {
        await setTimeout(Math.min(acquired.heldForMs, POLL_MS * (1 + Math.random())));
      }
    }
    throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'no shared token was minted in time' });
  }

  /** The next shared token, minted by this replica or another; the present one where neither has it. */
  async #refresh(connection: Client, token: SharedToken, mint: Mint): Promise<SharedToken> {
    const { leaseMs } = this.#sourceOf(connection);
    const acquired = await this.#store.acquire(connection.id, token.fence, leaseMs);
    if ('leasedFence' in acquired) return (await this.#mint(connection, acquired.leasedFence, mint)) ?? token;
    return 'kept' in acquired && (await this.#isGood(acquired.kept, connection)) ? acquired.kept : token;
  }

  /** Undefined where the lease ended and another replica got it: that replica's token is the shared one. */
  async #mint(connection: Client, fence: number, mint: Mint): Promise<SharedToken | undefined> {
    try {
      const token: SharedToken = { ...(await mint()), generation: connection.generation, fence };
      this.#mintedCount++;
      return (await this.#store.keep(connection.id, token)) ? token : undefined;
    } catch (error) {
      await this.#store.release(connection.id, fence).catch(() => undefined);
      throw error;
    }
  }

  async #isGood(token: SharedToken, connection: Client): Promise<boolean> {
    if (token.generation !== connection.generation || isTooOld(token, this.#clock.now())) return false;
    return this.#sourceOf(connection).isLive(token);
  }

  #sourceOf({ organizationId }: Client): SharedTokenSource {
    return this.#sources[this.#organizations.get(organizationId).issuer];
  }
}
