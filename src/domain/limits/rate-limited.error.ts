import { DomainError } from '../errors.js';
import type { PolicyStanding, Standing } from './standing.js';

/** The caller has used up a limit; the refused request counted nowhere. */
export class RateLimitedError extends DomainError {
  readonly standing: Standing;
  /** The time until the same request succeeds, if nobody else calls meanwhile. */
  readonly retryAfterMs: number;

  constructor(standing: Standing) {
    super('RATE_LIMITED', { hint: sentenceFor(standing) });
    this.standing = standing;
    this.retryAfterMs = Math.ceil(Math.max(...this.violated.map(({ retryInMs = 0 }) => retryInMs)));
  }

  get violated(): Standing {
    return this.standing.filter(({ retryInMs }) => retryInMs !== undefined);
  }
}

const WHAT = {
  minute: 'calls of the organisation',
  day: 'calls of the organisation',
  management: 'operations of this caller',
  failures: 'refused credentials',
} as const;

function sentenceFor(standing: Standing): string {
  const says = ({ name, limit, windowSeconds }: PolicyStanding) =>
    `${limit} ${WHAT[name]} in ${windowSeconds === 60 ? 'a minute' : 'a day'}`;
  const violated = standing.filter(({ retryInMs }) => retryInMs !== undefined);
  return `The limit is reached: ${violated.map(says).join(' and ')}. Try again when Retry-After has passed.`;
}
