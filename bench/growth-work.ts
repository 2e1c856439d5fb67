import type { LoadRequest } from './load.ts';
import type { Work } from './work.ts';

/** What is measured at each size. */
export interface GrowthWork extends Work {
  /** How many requests warm each server up, and how many more are measured: what is slower must not be colder. */
  readonly count: number;
}

/** Enough for the code to be compiled. */
export const INTROSPECTIONS = 30_000;
/** Fewer: those that warm a server up are live tokens too. */
export const TOKENS_ISSUED = 10_000;

export function introspecting(
  name: string,
  requests: readonly LoadRequest[],
  count: number = INTROSPECTIONS,
): GrowthWork {
  return { name, mustContain: '"active":true', requests, count };
}

export function issuing(name: string, requests: readonly LoadRequest[]): GrowthWork {
  return { name, mustContain: '"access_token":"', requests, count: TOKENS_ISSUED };
}
