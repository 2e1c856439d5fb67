import { DomainError } from '../../domain/errors.js';

/** Calls to one tenant that may be under way at once: what one that hangs can hold of this process. */
const CALLS_MAX = 256;

/** Keeps the calls to one tenant from taking what those to others need. */
export class TenantBulkhead {
  readonly #underWay = new Map<string, number>();

  /** Returns what to call when the call is over. @throws DomainError TEMPORARILY_UNAVAILABLE where too many are under way */
  enter(tenantUrl: string): () => void {
    const underWay = this.#underWay.get(tenantUrl) ?? 0;
    if (underWay >= CALLS_MAX) {
      throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: `${underWay} calls to one tenant are under way` });
    }
    this.#underWay.set(tenantUrl, underWay + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#underWay.set(tenantUrl, (this.#underWay.get(tenantUrl) ?? 1) - 1);
    };
  }
}
