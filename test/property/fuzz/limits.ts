import type { Limits, Quota } from '../../../src/domain/limits/quota.js';
import { ORGANIZATIONS } from './population.js';

/** Few enough for a batch to use them up. */
const QUOTA: Quota = { perMinute: 40, perDay: undefined, dayWindow: 'rolling' };

export const LIMITS: Limits = {
  quotas: new Map(ORGANIZATIONS.map((each) => [each, QUOTA])),
  managementPerMinute: 60,
};
