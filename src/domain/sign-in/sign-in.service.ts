import type { Clock } from '../../lib/clock.js';
import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { Secret } from '../../lib/secrets.js';
import type { AuditWriter } from '../audit/audit.store.js';
import { createAuditEvent } from '../audit/audit-event.js';
import type { Changing } from '../change.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import { type User, userOf } from '../principal.js';
import type { AdminTokens } from './admin-tokens.js';
import type { SignInWriter } from './sign-in.store.js';
import { type Claims, ClaimsSigner } from './signed-claims.js';

/** A sign-in link lives for this long: minutes, like an OAuth authorization code (RFC 6749 section 4.1.2). */
export const SIGN_IN_LINK_LIFETIME_MS = 15 * 60 * 1000;
/** The page's bearer lives for an hour: long enough for a session in Sandbox. */
const ADMIN_TOKEN_LIFETIME_MS = 60 * 60 * 1000;
export const SIGN_IN_PATH = '/sign-in';
export const FIRST_SUPER_ADMIN = 'first-super-admin';

/** Makes one-time sign-in links. The key ring alone suffices, so the command works while the gateway runs. */
export class SignInLinks {
  readonly #signer: ClaimsSigner;
  readonly #clock: Clock;

  constructor(keyRing: KeyRing, clock: Clock) {
    this.#signer = new ClaimsSigner({ keyRing, clock, purpose: 'sign-in', prefix: 'lksi_' });
    this.#clock = clock;
  }

  /** A link that signs in as a super admin of the organisation, once, within 15 minutes. */
  create(publicUrl: string, organizationId: string): Secret {
    const code = this.#signer.sign({
      id: newId('sig'),
      subject: FIRST_SUPER_ADMIN,
      role: 'SUPER_ADMIN',
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
  readonly audit: AuditWriter;
}

/** The user who signed in, and the user's admin token. */
export interface SignedIn {
  readonly principal: User;
  readonly adminToken: Secret;
  readonly adminTokenLifetimeMs: number;
}

/** Redeems sign-in links. */
export class SignInService {
  readonly #links: SignInLinks;
  readonly #adminTokens: AdminTokens;
  readonly #changing: Changing<SignInWriters>;
  readonly #organizations: OrganizationDirectory;
  readonly #clock: Clock;

  constructor(parts: {
    links: SignInLinks;
    adminTokens: AdminTokens;
    changing: Changing<SignInWriters>;
    organizations: OrganizationDirectory;
    clock: Clock;
  }) {
    this.#organizations = parts.organizations;
    this.#links = parts.links;
    this.#adminTokens = parts.adminTokens;
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

  /** @throws DomainError INVALID_TOKEN where the code is not Latchkey's, has expired or was used */
  async redeem(code: Secret): Promise<SignedIn> {
    const claims = this.#claimsOf(code);
    const { subject, role, organizationId } = claims;
    const principal = principalOf(claims);
    const at = this.#clock.now();
    await this.#changing.change(organizationId, async ({ signIns, audit }) => {
      if (!(await signIns.consume(claims.id, at))) throw new DomainError('INVALID_TOKEN');
      await audit.append(createAuditEvent(principal, 'user.signed_in', subject, at));
    });
    const adminToken = this.#adminTokens.issue({ subject, role, organizationId, lifetimeMs: ADMIN_TOKEN_LIFETIME_MS });
    return { principal, adminToken, adminTokenLifetimeMs: ADMIN_TOKEN_LIFETIME_MS };
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
