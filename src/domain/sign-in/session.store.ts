import type { User } from '../principal.js';
import type { Session } from './session.js';

/** The sessions, ended ones excepted. Whether time has ended one is for its reader to say. */
export interface SessionStore {
  /** The session with one of these digests. */
  find(digests: readonly string[]): Promise<Session | undefined>;
  /** Notes that the user was there; an earlier instant than the known one changes nothing. */
  markSeen(id: string, at: number): Promise<void>;
  /** Forgets sessions that began or were last seen before these instants. */
  sweep(before: { readonly createdAt: number; readonly lastSeenAt: number }): Promise<void>;
}

/** Begins and ends sessions, in the transaction that records so. */
export interface SessionWriter {
  create(session: Session): Promise<void>;
  /** Ends one session. False where it had ended before. */
  end(id: string): Promise<boolean>;
  /** Ends every session of the user in the user's organisation; resolves with their number. */
  endAll(user: User): Promise<number>;
}
