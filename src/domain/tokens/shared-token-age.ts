import type { SharedToken } from './shared-token.store.js';

const MINUTE_MS = 60_000;

/** A caller who finds less than this left gets the shared token, and starts minting the next one. */
const DUE_MS = 15 * MINUTE_MS;
const DUE_SHARE = 0.2;
/** Nobody gets a shared token with less than this left. */
const MARGIN_MS = 10 * MINUTE_MS;
const MARGIN_SHARE = 0.1;

type Life = Pick<SharedToken, 'issuedAt' | 'expiresAt'>;

/**
 * Whether to mint the next shared token. A short life counts by its last fifth, so that a tenant that returns the same
 * token, with its remaining life, is not asked on every call.
 */
export function isDue({ issuedAt, expiresAt }: Life, now: number, jitter: number): boolean {
  const dueMs = Math.min(DUE_MS, DUE_SHARE * (expiresAt - issuedAt));
  return expiresAt - now < dueMs * (0.9 + 0.2 * jitter);
}

/** Whether a call could outlive the shared token. */
export function isTooOld({ issuedAt, expiresAt }: Life, now: number): boolean {
  return expiresAt - now < Math.min(MARGIN_MS, MARGIN_SHARE * (expiresAt - issuedAt));
}
