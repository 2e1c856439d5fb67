import type { Secret } from '../../lib/secrets.js';
import type { Principal } from '../principal.js';

/** Who signed in, and the bearer to work with. */
export interface SignedIn {
  readonly principal: Principal;
  readonly bearer: Secret;
  readonly bearerLifetimeMs: number;
}
