import type { Clock } from '../../lib/clock.js';
import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { Secret } from '../../lib/secrets.js';
import type { AuditWriter } from '../audit/audit.store.js';
import { createAuditEvent } from '../audit/audit-event.js';
import type { Changing } from '../change.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import { type User, type UserRole, userOf } from '../principal.js';
import type { SessionService } from './session.service.js';
import type { SessionWriter } from './session.store.js';
import type { SignInWriter } from './sign-in.store.js';
import { type Claims, ClaimsSigner } from './signed-claims.js';

/** A sign-in link lives for this long: minutes, like an OAuth authorization code (RFC 6749 section 4.1.2). */
export const SIGN_IN_LINK_LIFETIME_MS = 15 * 60 * 1000;
export const SIGN_IN_PATH = '/sign-in';
export const FIRST_SUPER_ADMIN = 'first-super-admin';

/** Whom a link signs in, within its organisation. */
export interface LinkedUser {
  readonly subject: string;
  readonly role: UserRole;
}

const LINKED_BY_DEFAULT: LinkedUser = { subject: FIRST_SUPER_ADMIN, role: 'SUPER_ADMIN' };

/** Makes one-time sign-in links. The key ring alone suffices, so the command works while the gateway runs. */
export class SignInLinks {
  readonly #signer: ClaimsSigner;
  readonly #clock: Clock;

  constructor(keyRing: KeyRing, clock: Clock) {
    this.#signer = new ClaimsSigner({ keyRing, clock, purpose: 'sign-in', prefix: 'lksi_' });
    this.#clock = clock;
  }

  /** A link that signs in as a user of the organisation, by default its first super admin, once, within 15 minutes. */
  create(publicUrl: string, organizationId: string, { subject, role } = LINKED_BY_DEFAULT): Secret {
    const code = this.#signer.sign({
      id: newId('sig'),
      subject,
      role,
      organizationId,
      expiresAt: this.#clock.now() + SIGN_IN_LINK_LIFETIME_MS,
    });
    return new Secret(`${publicUrl}${SIGN_IN_PATH}?code=${code.reveal()}`);
  }

  verify(code: Secret) {
    return this.#signer.verify(code);
  }
}

/** The stores that signing in writes. */
interface SignInWriters {
  readonly signIns: SignInWriter;
  readonly sessions: SessionWriter;
  readonly audit: AuditWriter;
}

/** Redeems sign-in links for sessions. */
export class SignInService {
  readonly #links: SignInLinks;
  readonly #sessions: SessionService;
  readonly #changing: Changing<SignInWriters>;
  readonly #organizations: OrganizationDirectory;
  readonly #clock: Clock;

  constructor(parts: {
    links: SignInLinks;
    sessions: SessionService;
    changing: Changing<SignInWriters>;
    organizations: OrganizationDirectory;
    clock: Clock;
  }) {
    this.#organizations = parts.organizations;
    this.#links = parts.links;
    this.#sessions = parts.sessions;
    this.#changing = parts.changing;
    this.#clock = parts.clock;
  }

  /**
   * The user whom the code would sign in; the code stays unused.
   * @throws DomainError INVALID_TOKEN where the code is not Latchkey's or has expired
   */
  verify(code: Secret): User {
    return principalOf(this.#claimsOf(code));
  }

  /**
   * The secret of a new session of the code's user.
   * @throws DomainError INVALID_TOKEN where the code is not Latchkey's, has expired or was used
   */
  async redeem(code: Secret): Promise<Secret> {
    const claims = this.#claimsOf(code);
    const user = principalOf(claims);
    const at = this.#clock.now();
    const { secret, session } = this.#sessions.prepare(user, at);
    await this.#changing.change(user.organizationId, async ({ signIns, sessions, audit }) => {
      if (!(await signIns.consume(claims.id, at))) throw new DomainError('INVALID_TOKEN');
      await sessions.create(session);
      await audit.append(createAuditEvent(user, 'user.signed_in', user.subject, at));
    });
    return secret;
  }

  #claimsOf(code: Secret): Claims {
    const claims = this.#links.verify(code);
    if (claims === undefined || !this.#organizations.has(claims.organizationId)) throw new DomainError('INVALID_TOKEN');
    return claims;
  }
}

function principalOf({ role, subject, organizationId }: Claims): User {
  return userOf(role, subject, organizationId);
}
