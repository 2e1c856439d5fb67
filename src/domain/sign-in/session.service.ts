import type { Clock } from '../../lib/clock.js';
import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { generateSecret, isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import type { AuditWriter } from '../audit/audit.store.js';
import { createAuditEvent } from '../audit/audit-event.js';
import type { Changing } from '../change.js';
import { DomainError } from '../errors.js';
import type { User } from '../principal.js';
import { isLive, type Session } from './session.js';
import type { SessionStore, SessionWriter } from './session.store.js';

/** A session's last use is written at most this often. */
const SEEN_WRITE_MS = 60_000;

interface SessionWriters {
  readonly sessions: SessionWriter;
  readonly audit: AuditWriter;
}

/** Which sessions a sign-out ends. */
export type SignOutReach = 'this session' | 'all sessions of the user';

/**
 * The sessions of the console: `lkss_…` in a cookie, a keyed digest in SQL. Every request reads the row, so a session
 * that ended is refused by every replica at once.
 */
export class SessionService {
  readonly #sessions: SessionStore;
  readonly #changing: Changing<SessionWriters>;
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;

  constructor(parts: {
    sessions: SessionStore;
    changing: Changing<SessionWriters>;
    keyRing: KeyRing;
    clock: Clock;
  }) {
    this.#sessions = parts.sessions;
    this.#changing = parts.changing;
    this.#keyRing = parts.keyRing;
    this.#clock = parts.clock;
  }

  /** A new session's secret, and the session for the store. */
  prepare(user: User, at: number): { readonly secret: Secret; readonly session: Session } {
    const secret = generateSecret('session');
    const { value: digest } = this.#keyRing.digest('session-digest', secret.reveal());
    return { secret, session: { id: newId('ses'), digest, user, createdAt: at, lastSeenAt: at } };
  }

  /** The user of a live session, who is there. @throws DomainError UNAUTHENTICATED */
  async authenticate(secret: Secret): Promise<User> {
    const session = await this.#require(secret);
    const now = this.#clock.now();
    if (now - session.lastSeenAt >= SEEN_WRITE_MS) await this.#sessions.markSeen(session.id, now);
    return session.user;
  }

  /** The user of a live session, which lives no longer for it. @throws DomainError UNAUTHENTICATED */
  async verify(secret: Secret): Promise<User> {
    return (await this.#require(secret)).user;
  }

  /**
   * Ends the session, or all of its user. A session that ended before needs no end.
   * @throws DomainError UNAUTHENTICATED where all are to end and no session says whose
   */
  async signOut(secret: Secret | undefined, reach: SignOutReach): Promise<void> {
    const session = secret && (await this.#find(secret));
    if (session === undefined) {
      if (reach === 'this session') return;
      throw new DomainError('UNAUTHENTICATED', {
        hint: 'This session has ended, and others may live on: sign in again, and sign out everywhere from there.',
      });
    }
    const { id, user } = session;
    await this.#changing.change(user.organizationId, async ({ sessions, audit }) => {
      const ended = reach === 'this session' ? await sessions.end(id) : (await sessions.endAll(user)) > 0;
      if (ended) await audit.append(createAuditEvent(user, 'user.signed_out', user.subject, this.#clock.now()));
    });
  }

  async #require(secret: Secret): Promise<Session> {
    const session = await this.#find(secret);
    if (session !== undefined) return session;
    throw new DomainError('UNAUTHENTICATED', { hint: 'The session has ended: sign in again with a new link.' });
  }

  async #find(secret: Secret): Promise<Session | undefined> {
    const text = secret.reveal();
    if (!isWellFormedSecret('session', text)) return undefined;
    const session = await this.#sessions.find(this.#keyRing.digests('session-digest', text));
    return session !== undefined && isLive(session, this.#clock.now()) ? session : undefined;
  }
}
