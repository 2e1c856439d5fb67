import type { Clock } from '../../lib/clock.js';
import { newId } from '../../lib/ids.js';
import type { KeyRing } from '../../lib/key-ring.js';
import type { Secret } from '../../lib/secrets.js';
import { type User, type UserRole, userOf } from '../principal.js';
import { ClaimsSigner } from './signed-claims.js';

/** The user and the lifetime of a new admin token. */
export interface AdminTokenRequest {
  readonly subject: string;
  readonly role: UserRole;
  readonly organizationId: string;
  readonly lifetimeMs: number;
}

/** Bearers for people, signed with the key ring: `lkad_…`. Nobody can revoke one, so it lives a day at most. */
export class AdminTokens {
  readonly #signer: ClaimsSigner;
  readonly #clock: Clock;

  constructor(keyRing: KeyRing, clock: Clock) {
    this.#signer = new ClaimsSigner({ keyRing, clock, purpose: 'admin-bearer', prefix: 'lkad_' });
    this.#clock = clock;
  }

  issue({ subject, role, organizationId, lifetimeMs }: AdminTokenRequest): Secret {
    return this.#signer.sign({
      id: newId('sig'),
      subject,
      role,
      organizationId,
      expiresAt: this.#clock.now() + lifetimeMs,
    });
  }

  /** The user; undefined where the bearer is not Latchkey's or has expired. */
  verify(presented: Secret): User | undefined {
    const claims = this.#signer.verify(presented);
    return claims && userOf(claims.role, claims.subject, claims.organizationId);
  }
}
