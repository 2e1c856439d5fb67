import type { User } from '../principal.js';

/** A session ends after this long without a request of its user. */
export const SESSION_IDLE_MS = 30 * 60 * 1000;
/** A session ends this long after its sign-in, whatever its user does. */
export const SESSION_LIFETIME_MS = 8 * 60 * 60 * 1000;

/** A user's stay in the console, from a sign-in to a sign-out or an end by time. */
export interface Session {
  readonly id: string;
  /** The keyed digest of the secret in the user's cookie. */
  readonly digest: string;
  readonly user: User;
  /** Epoch milliseconds, like `lastSeenAt`. */
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export function isLive({ createdAt, lastSeenAt }: Session, now: number): boolean {
  return now < lastSeenAt + SESSION_IDLE_MS && now < createdAt + SESSION_LIFETIME_MS;
}
