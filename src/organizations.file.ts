import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config.error.js';
import { CALLS_PER_DAY_MAX, CALLS_PER_MINUTE_MAX } from './domain/limits/quota.js';
import { ISSUERS, type Issuer, type Organization } from './domain/organizations/organization.js';
import type { AddressAllowance } from './outbound/tenant-address.js';
import { parseTenantUrl } from './outbound/tenant-url.js';

function callsUpTo(most: number) {
  const message = `must be a whole number from 1 to ${most}`;
  return z.int(message).min(1, message).max(most, message).optional();
}

const organizationsFile = z
  .array(
    z.strictObject({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"'),
      issuer: z.enum(ISSUERS),
      tenantUrl: z.string().optional(),
      callsPerMinute: callsUpTo(CALLS_PER_MINUTE_MAX),
      callsPerDay: callsUpTo(CALLS_PER_DAY_MAX),
    }),
  )
  .nonempty('must name at least one organisation')
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'must name each organisation once');

/** An organisation, with its own limits where they differ from LATCHKEY_CALLS_PER_MINUTE and _PER_DAY. */
export interface ConfiguredOrganization {
  readonly organization: Organization;
  readonly callsPerMinute?: number | undefined;
  readonly callsPerDay?: number | undefined;
}

const DEFAULT_ORGANIZATION: ConfiguredOrganization = { organization: { id: 'default', issuer: 'LOCAL' } };

/**
 * The organisations that the file of LATCHKEY_ORGANIZATIONS names; without a file, `default`.
 * @throws ConfigError
 */
export function readOrganizations(
  path: string | undefined,
  allowance: AddressAllowance,
): readonly ConfiguredOrganization[] {
  if (path === undefined) return [DEFAULT_ORGANIZATION];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(error as { code?: string }).code})`;
    throw new ConfigError(`LATCHKEY_ORGANIZATIONS: ${path} ${why}.`);
  }
  const parsed = organizationsFile.safeParse(content);
  const refuse = (place: readonly PropertyKey[], why: string | undefined): never => {
    throw new ConfigError(
      `LATCHKEY_ORGANIZATIONS: ${path}${place.length > 0 ? ` at ${place.join('.')}` : ''}: ${why}.`,
    );
  };
  if (!parsed.success) return refuse(parsed.error.issues[0]?.path ?? [], parsed.error.issues[0]?.message);
  return parsed.data.map(({ callsPerMinute, callsPerDay, ...entry }, index) => {
    try {
      return { organization: toOrganization(entry, allowance), callsPerMinute, callsPerDay };
    } catch (error) {
      return refuse([index, 'tenantUrl'], (error as Error).message);
    }
  });
}

/** @throws Error whose message follows `tenantUrl` */
function toOrganization(
  { id, issuer, tenantUrl }: { id: string; issuer: Issuer; tenantUrl?: string | undefined },
  allowance: AddressAllowance,
): Organization {
  if (issuer === 'UPSTREAM') {
    if (tenantUrl === undefined) throw new Error('is missing: an UPSTREAM organisation needs https://… of its tenant');
    return { id, issuer, tenantUrl: parseTenantUrl(tenantUrl, allowance) };
  }
  if (tenantUrl !== undefined) throw new Error('is for an UPSTREAM organisation: this one makes its own credentials');
  return { id, issuer };
}
