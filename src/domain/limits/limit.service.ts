import { hash } from 'node:crypto';
import { DomainError } from '../errors.js';
import { idOf, type Principal } from '../principal.js';
import type { CallCounter, CountingMode } from './call.counter.js';
import type { Decision } from './call-log.js';
import type { Limits, Quota } from './quota.js';
import { RateLimitedError } from './rate-limited.error.js';
import { type PolicyName, type Standing, standingOf } from './standing.js';

/** Refused credentials of one client id, and from one address. */
const FAILURES_OF_CLIENT: Quota = { perMinute: 30, perDay: undefined, dayWindow: 'rolling' };
const FAILURES_OF_ADDRESS: Quota = { perMinute: 100, perDay: undefined, dayWindow: 'rolling' };

/** What is counted by the minute, each with a budget of its own. */
const POLICIES = ['minute', 'management', 'failures'] as const satisfies PolicyName[];
type MinutePolicy = (typeof POLICIES)[number];
const OUTCOMES = ['admitted', 'refused', 'unavailable'] as const;
type Outcome = (typeof OUTCOMES)[number];

/**
 * Who may still call. An organisation's machines share its calls; who manages it has a budget of their own, so that an
 * organisation whose calls are used up can still look, revoke and reset.
 *
 * Calls are counted exactly or not at all. The other budgets guard the gateway itself: where they cannot be counted for all
 * replicas together, this one counts them alone, so that who manages is served whatever is down.
 */
export class LimitService {
  readonly #counter: CallCounter;
  readonly #alone: CallCounter;
  readonly #limits: Limits | undefined;
  readonly #management: Quota;
  readonly #outcomes = Object.fromEntries(
    POLICIES.map((policy) => [policy, { admitted: 0, refused: 0, unavailable: 0 }]),
  ) as Record<MinutePolicy, Record<Outcome, number>>;

  /** `alone` counts for this process. Without limits nothing is counted, and nobody stands anywhere. */
  constructor(parts: { counter: CallCounter; alone: CallCounter; limits: Limits | undefined }) {
    this.#counter = parts.counter;
    this.#alone = parts.alone;
    this.#limits = parts.limits;
    const perMinute = parts.limits?.managementPerMinute ?? 0;
    this.#management = { perMinute, perDay: undefined, dayWindow: 'rolling' };
  }

  /** How often it was decided how, since the start. */
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
   * @throws RateLimitedError; DomainError INVALID_REQUEST where the organisation is never admitted as many at once;
   * TEMPORARILY_UNAVAILABLE where they cannot be counted
   */
  countCalls(organizationId: string, cost: number): Standing | Promise<Standing> {
    if (this.#limits === undefined) return [];
    const quota = this.#limits.quotas.get(organizationId);
    if (quota === undefined) throw new DomainError('INTERNAL', { detail: `no quota for ${organizationId}` });
    const most = Math.min(quota.perMinute, quota.perDay ?? quota.perMinute);
    if (cost > most) {
      throw new DomainError('INVALID_REQUEST', {
        hint: `This counts as ${cost} calls, and the organisation has ${most}. Ask for less at once.`,
      });
    }
    return this.#count('minute', `calls/${organizationId}`, quota, cost);
  }

  /** How an organisation stands with its calls; counts nothing. */
  readCalls(organizationId: string): Standing | Promise<Standing> {
    return this.countCalls(organizationId, 0);
  }

  /** Counts a caller's operations on what it manages, or with 0 asks how it stands. @throws as countCalls */
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
   * Counts a refused credential against where it came from and the client id that it named, whether or not there is such
   * a client. Good credentials draw on neither: nobody can lock a client out by failing in its name.
   * @throws RateLimitedError where there were too many
   */
  async countFailure(address: string, clientId?: string): Promise<void> {
    if (this.#limits === undefined) return;
    // The address first: an address that has used up its budget makes up no more clients.
    await this.#countAnyhow('failures', `failures/address/${address}`, FAILURES_OF_ADDRESS, 1);
    if (clientId === undefined) return;
    // What was sent as a client id may be anything, of any length.
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

  /** Throws at once where the answer is known at once: whoever is refused so costs nothing more. */
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
