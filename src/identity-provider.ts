import type { IdentityProviderConfig } from './config.identity-provider.js';
import { type AuthenticateUser, userOfClaims } from './domain/credentials/identity-provider.js';
import type { OrganizationDirectory } from './domain/organizations/organization.directory.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';

/** What authenticates users of the configured identity provider; undefined without one. @throws StartupError as its check */
export async function openIdentityProvider(
  config: IdentityProviderConfig | undefined,
  { organizations, clock, logger }: { organizations: OrganizationDirectory; clock: Clock; logger: Logger },
): Promise<AuthenticateUser | undefined> {
  if (config === undefined) return undefined;
  const { oidc: settings, claims: names, allowLoopback } = config;
  // Loaded only here: most gateways have no provider.
  const { OidcProvider } = await import('./outbound/oidc.provider.js');
  const provider = new OidcProvider({ settings, clock, logger, allowLoopback });
  await provider.check();
  return async (jwt) => userOfClaims(await provider.verify(jwt), names, organizations);
}
