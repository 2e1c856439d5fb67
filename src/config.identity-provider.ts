import { z } from 'zod';
import { ConfigError } from './config.error.js';
import { providerUrl } from './config.fields.js';
import type { ClaimNames } from './domain/credentials/identity-provider.js';
import { isTrustedUrl, OIDC_ALGORITHMS, type OidcSettings } from './outbound/oidc-settings.js';

export interface IdentityProviderConfig {
  readonly oidc: OidcSettings;
  readonly claims: ClaimNames;
  /** Whether the provider may be on this machine, as in development. */
  readonly allowLoopback: boolean;
}

export const identityProviderSettings = {
  LATCHKEY_OIDC_ISSUER: providerUrl.optional(),
  LATCHKEY_OIDC_AUDIENCE: z.string().optional(),
  LATCHKEY_OIDC_ALGORITHM: z.enum(OIDC_ALGORITHMS, `must be one of ${OIDC_ALGORITHMS.join(', ')}`).default('RS256'),
  LATCHKEY_ROLE_CLAIM: z.string().default('role'),
  LATCHKEY_ROLE_SUPER_ADMIN: z.string().default('super-admin'),
  LATCHKEY_ROLE_ADMIN: z.string().default('admin'),
  LATCHKEY_ORGANIZATION_CLAIM: z.string().optional(),
};
const fields = z.object(identityProviderSettings);

/** @throws ConfigError where the settings do not fit together */
export function readIdentityProvider(
  settings: z.output<typeof fields>,
  { organizations, allowLoopback }: { readonly organizations: number; readonly allowLoopback: boolean },
): IdentityProviderConfig | undefined {
  const { LATCHKEY_OIDC_ISSUER: issuer, LATCHKEY_OIDC_AUDIENCE: audience } = settings;
  if (issuer === undefined && audience === undefined) return undefined;
  if (issuer === undefined || audience === undefined) {
    throw new ConfigError(
      'LATCHKEY_OIDC_ISSUER and LATCHKEY_OIDC_AUDIENCE need each other. Set both, or leave both out.',
    );
  }
  if (!isTrustedUrl(issuer, allowLoopback)) {
    throw new ConfigError(
      'LATCHKEY_OIDC_ISSUER must be an https URL: whoever changes its answers signs in as anybody.',
    );
  }
  const organization = settings.LATCHKEY_ORGANIZATION_CLAIM;
  if (organization === undefined && organizations > 1) {
    throw new ConfigError(
      `LATCHKEY_ORGANIZATION_CLAIM is missing: it says which of the ${organizations} organisations a user is of.`,
    );
  }
  const { LATCHKEY_ROLE_CLAIM: role, LATCHKEY_ROLE_SUPER_ADMIN: superAdmin, LATCHKEY_ROLE_ADMIN: admin } = settings;
  if (superAdmin === admin) throw new ConfigError('LATCHKEY_ROLE_SUPER_ADMIN and LATCHKEY_ROLE_ADMIN must differ.');
  return {
    oidc: { issuer, audience, algorithm: settings.LATCHKEY_OIDC_ALGORITHM },
    claims: { role, organization, superAdmin, admin },
    allowLoopback,
  };
}
