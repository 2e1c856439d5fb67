import type { Decision, WindowState } from './call-log.js';

/** What a caller has left of one policy. */
export interface PolicyStanding {
  /** `minute`, `day`: an organisation's calls; `management`: a caller's operations; `failures`: refused credentials. */
  readonly name: PolicyName;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** The time until more of the limit comes free. */
  readonly resetsInMs: number;
  /** The time until the refused cost comes free; undefined where this policy did not refuse the request. */
  readonly retryInMs: number | undefined;
}

export type PolicyName = 'minute' | 'day' | 'management' | 'failures';

/** What a caller has left of every policy that its request counted against. */
export type Standing = readonly PolicyStanding[];

/** An organisation's policies: one for a minute, one for a day. */
export const CALL_POLICIES_MAX = 2;

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** A decision as the caller sees it; `minuteName` names the policy of the minute. */
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
