import { DomainError } from '../../domain/errors.js';

/** Concurrent calls per tenant: bounds the resources that a hanging tenant holds. */
const CALLS_MAX = 256;

/** Keeps one tenant's calls from starving other tenants' calls. */
export class TenantBulkhead {
  readonly #underWay = new Map<string, number>();

  /** Returns a function to call when the call ends. @throws DomainError TEMPORARILY_UNAVAILABLE at CALLS_MAX */
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
