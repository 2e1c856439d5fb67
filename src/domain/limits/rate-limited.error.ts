import { DomainError } from '../errors.js';
import type { PolicyName, PolicyStanding, Standing } from './standing.js';
import { inWords } from './waiting-time.js';

/** The caller has used up a limit; the refused request counted nowhere. */
export class RateLimitedError extends DomainError {
  readonly standing: Standing;
  /** The time until the same request succeeds, if nobody else calls meanwhile. */
  readonly retryAfterMs: number;

  constructor(standing: Standing) {
    const violated = violatedOf(standing);
    const retryAfterMs = Math.ceil(Math.max(...violated.map(({ retryInMs = 0 }) => retryInMs)));
    super('RATE_LIMITED', { hint: sentencesFor(violated, retryAfterMs) });
    this.standing = standing;
    this.retryAfterMs = retryAfterMs;
  }

  /** The policies that refused. */
  get violated(): Standing {
    return violatedOf(this.standing);
  }
}

function violatedOf(standing: Standing): Standing {
  return standing.filter(({ retryInMs }) => retryInMs !== undefined);
}

interface Wording {
  readonly window: 'minute' | 'day';
  readonly one: string;
  readonly many: string;
  readonly whose: string;
}

const CALLS = { one: 'call', many: 'calls', whose: 'of this organisation' };
const WORDINGS: Record<PolicyName, Wording> = {
  minute: { window: 'minute', ...CALLS },
  day: { window: 'day', ...CALLS },
  management: { window: 'minute', one: 'operation', many: 'operations', whose: 'of this caller' },
  failures: { window: 'minute', one: 'refused credential', many: 'refused credentials', whose: 'of this sender' },
};

/** Says which policies refused and how long to wait: the wait may be hours, and the reader a person. */
function sentencesFor(violated: Standing, retryAfterMs: number): string {
  const isNext = violated.every(({ remaining, retryInMs, resetsInMs }) => remaining === 0 && retryInMs === resetsInMs);
  const what = isNext ? 'The next is free' : 'As many as this needs are free';
  return `${violated.map(sentenceFor).join(' ')} ${what} in ${inWords(retryAfterMs)}.`;
}

/** In groups of three. Intl would keep megabytes of locales in memory for this. */
function inGroups(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function sentenceFor({ name, limit, remaining }: PolicyStanding): string {
  const { window, one, many, whose } = WORDINGS[name];
  const all = `the ${window}'s ${inGroups(limit)} ${limit === 1 ? one : many} ${whose}`;
  // A request of several calls is refused whole.
  if (remaining > 0) return `Of ${all} ${inGroups(remaining)} ${remaining === 1 ? 'is' : 'are'} left.`;
  return `T${all.slice(1)} ${limit === 1 ? 'is' : 'are'} used up.`;
}
