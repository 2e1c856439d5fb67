import type { Limits, Quota } from '../../src/domain/limits/quota.js';

/** The same quota for each organisation of the tests, the product's own where nothing else is said. */
export function limitsOf(quota: Partial<Quota> = {}): Limits {
  const each: Quota = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling', ...quota };
  return { quotas: new Map(['default', 'other'].map((id) => [id, each])), managementPerMinute: 300 };
}
