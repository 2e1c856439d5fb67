import { hash } from 'node:crypto';
import { DomainError } from '../errors.js';
import { idOf, type Principal } from '../principal.js';
import type { CallCounter, CountingMode } from './call.counter.js';
import type { Decision } from './call-log.js';
import type { Limits, Quota } from './quota.js';
import { RateLimitedError } from './rate-limited.error.js';
import { type PolicyName, type Standing, standingOf } from './standing.js';

/** Quotas of refused credentials, for one client id and for one address. */
const FAILURES_OF_CLIENT: Quota = { perMinute: 30, perDay: undefined, dayWindow: 'rolling' };
const FAILURES_OF_ADDRESS: Quota = { perMinute: 100, perDay: undefined, dayWindow: 'rolling' };

/** The policies of a minute; each has its own budget. */
const POLICIES = ['minute', 'management', 'failures'] as const satisfies PolicyName[];
type MinutePolicy = (typeof POLICIES)[number];
const OUTCOMES = ['admitted', 'refused', 'unavailable'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** An organisation as the counter knows it, made once: each call looks its subject up in several maps. */
interface Caller {
  readonly subject: string;
  readonly quota: Quota;
  /** No call that costs more is ever admitted. */
  readonly costMax: number;
}

function callerOf(organizationId: string, quota: Quota): Caller {
  const costMax = Math.min(quota.perMinute, quota.perDay ?? quota.perMinute);
  return { subject: `calls/${organizationId}`, quota, costMax };
}

/**
 * Decides who may still call. The machines of an organisation share its calls; each caller has a separate budget for
 * management, so an organisation without calls left can still look, revoke and reset.
 *
 * Calls count exactly or not at all. The other budgets protect the gateway itself: where the replicas cannot count
 * together, each counts alone, so management works through any outage.
 */
export class LimitService {
  readonly #counter: CallCounter;
  readonly #alone: CallCounter;
  readonly #limits: Limits | undefined;
  readonly #callers: ReadonlyMap<string, Caller>;
  readonly #management: Quota;
  readonly #outcomes = Object.fromEntries(
    POLICIES.map((policy) => [policy, { admitted: 0, refused: 0, unavailable: 0 }]),
  ) as Record<MinutePolicy, Record<Outcome, number>>;

  /** `alone` counts for this process. Without limits the service counts nothing and every standing is empty. */
  constructor(parts: { counter: CallCounter; alone: CallCounter; limits: Limits | undefined }) {
    this.#counter = parts.counter;
    this.#alone = parts.alone;
    this.#limits = parts.limits;
    this.#callers = new Map(Array.from(parts.limits?.quotas ?? [], ([id, quota]) => [id, callerOf(id, quota)]));
    const perMinute = parts.limits?.managementPerMinute ?? 0;
    this.#management = { perMinute, perDay: undefined, dayWindow: 'rolling' };
  }

  /** The number of decisions since the start, by policy and outcome. */
  get outcomes(): readonly { readonly policy: PolicyName; readonly outcome: Outcome; readonly count: number }[] {
    return POLICIES.flatMap((policy) =>
      OUTCOMES.map((outcome) => ({ policy, outcome, count: this.#outcomes[policy][outcome] })),
    );
  }

  get mode(): CountingMode | 'off' {
    return this.#limits === undefined ? 'off' : this.#counter.mode;
  }

  /**
   * Counts `cost` calls of an organisation, all or none of them.
   * @throws RateLimitedError; DomainError INVALID_REQUEST where the quota never admits `cost` at once;
   * TEMPORARILY_UNAVAILABLE where the counter cannot count
   */
  countCalls(organizationId: string, cost: number): Standing | Promise<Standing> {
    if (this.#limits === undefined) return [];
    const caller = this.#callers.get(organizationId);
    if (caller === undefined) throw new DomainError('INTERNAL', { detail: `no quota for ${organizationId}` });
    const { subject, quota, costMax } = caller;
    if (cost > costMax) {
      throw new DomainError('INVALID_REQUEST', {
        hint: `This counts as ${cost} calls, and the organisation has ${costMax}. Ask for less at once.`,
      });
    }
    return this.#count('minute', subject, quota, cost);
  }

  /** An organisation's standing; counts nothing. */
  readCalls(organizationId: string): Standing | Promise<Standing> {
    return this.countCalls(organizationId, 0);
  }

  /** Counts a caller's management operations; 0 only reads the standing. @throws as countCalls */
  async countManagement(principal: Principal, operations: number): Promise<Standing> {
    if (this.#limits === undefined) return [];
    const { perMinute } = this.#management;
    if (operations > perMinute) {
      throw new DomainError('INVALID_REQUEST', {
        hint: `A caller has ${perMinute} operations a minute; this request has ${operations}.`,
      });
    }
    return this.#countAnyhow(
      'management',
      `management/${principal.organizationId}/${idOf(principal)}`,
      this.#management,
      operations,
    );
  }

  /**
   * Counts a refused credential against its address and its client id, whether or not such a client exists. Good
   * credentials draw on neither budget, so nobody can lock a client out by failing in its name.
   * @throws RateLimitedError where either budget is used up
   */
  async countFailure(address: string, clientId?: string): Promise<void> {
    if (this.#limits === undefined) return;
    // The address first: an exhausted address cannot fill the counter with invented client ids.
    await this.#countAnyhow('failures', `failures/address/${address}`, FAILURES_OF_ADDRESS, 1);
    if (clientId === undefined) return;
    // A caller may send anything, of any length, as a client id.
    await this.#countAnyhow('failures', `failures/client/${hash('sha256', clientId)}`, FAILURES_OF_CLIENT, 1);
  }

  async #countAnyhow(policy: MinutePolicy, subject: string, quota: Quota, cost: number): Promise<Standing> {
    try {
      return await this.#count(policy, subject, quota, cost);
    } catch (error) {
      if (!(error instanceof DomainError) || error.category !== 'unavailable') throw error;
      return this.#settle(policy, await this.#alone.count(subject, quota, cost), cost);
    }
  }

  /** Throws synchronously where the counter decides synchronously: a refused caller costs no further round trip. */
  #count(policy: MinutePolicy, subject: string, quota: Quota, cost: number): Standing | Promise<Standing> {
    const decision = this.#counter.count(subject, quota, cost);
    if (!(decision instanceof Promise)) return this.#settle(policy, decision, cost);
    return decision.then(
      (decided) => this.#settle(policy, decided, cost),
      (error: unknown) => {
        this.#outcomes[policy].unavailable++;
        throw error;
      },
    );
  }

  #settle(policy: MinutePolicy, decision: Decision, cost: number): Standing {
    if (cost > 0) this.#outcomes[policy][decision.isAdmitted ? 'admitted' : 'refused']++;
    const standing = standingOf(decision, policy);
    if (!decision.isAdmitted) throw new RateLimitedError(standing);
    return standing;
  }
}
