import type { Decision, WindowState } from './call-log.js';

/** How a caller stands with one policy that limits it. */
export interface PolicyStanding {
  /** `minute` and `day` are an organisation's calls, `management` a caller's own operations, `failures` refused credentials. */
  readonly name: PolicyName;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** When more of it comes free. */
  readonly resetsInMs: number;
  /** When what was refused comes free; undefined where this policy did not refuse it. */
  readonly retryInMs: number | undefined;
}

export type PolicyName = 'minute' | 'day' | 'management' | 'failures';

/** How a caller stands with all of the policies that its request counted against. */
export type Standing = readonly PolicyStanding[];

/** An organisation's: of a minute and of a day. */
export const CALL_POLICIES_MAX = 2;

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** What a decision says to whoever asked. The minute's policy goes by the name of what is counted. */
export function standingOf(decision: Decision, minuteName: PolicyName): Standing {
  const { minute, day, decidedAtUs } = decision;
  const ofMinute = policy(minuteName, MINUTE_SECONDS, minute, decidedAtUs);
  return day === undefined ? [ofMinute] : [ofMinute, policy('day', DAY_SECONDS, day, decidedAtUs)];
}

function policy(name: PolicyName, windowSeconds: number, state: WindowState, decidedAtUs: number): PolicyStanding {
  const { limit, remaining, resetsAtUs, retryAtUs } = state;
  const resetsInMs = Math.max(0, resetsAtUs - decidedAtUs) / 1000;
  const retryInMs = retryAtUs === undefined ? undefined : Math.max(0, retryAtUs - decidedAtUs) / 1000;
  return { name, limit, windowSeconds, remaining, resetsInMs, retryInMs };
}
