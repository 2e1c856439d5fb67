import type { SharedToken } from './shared-token.store.js';

const MINUTE_MS = 60_000;

/** Who finds less than this left of a shared token gets it, and has the next one minted meanwhile. */
const DUE_MS = 15 * MINUTE_MS;
const DUE_SHARE = 0.2;
/** A shared token with less than this left is given to nobody. */
const MARGIN_MS = 10 * MINUTE_MS;
const MARGIN_SHARE = 0.1;

type Life = Pick<SharedToken, 'issuedAt' | 'expiresAt'>;

/**
 * Whether to have the next one minted. Of a short life less is asked for: a fifth of it. A tenant that gives the same token
 * again, with what is left of its life, is so asked less often than the life goes by.
 */
export function isDue({ issuedAt, expiresAt }: Life, now: number, jitter: number): boolean {
  const dueMs = Math.min(DUE_MS, DUE_SHARE * (expiresAt - issuedAt));
  return expiresAt - now < dueMs * (0.9 + 0.2 * jitter);
}

/** Whether so little is left that a call could outlive it. */
export function isTooOld({ issuedAt, expiresAt }: Life, now: number): boolean {
  return expiresAt - now < Math.min(MARGIN_MS, MARGIN_SHARE * (expiresAt - issuedAt));
}
