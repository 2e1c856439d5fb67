import type { IdentityProviderConfig } from './config.identity-provider.js';
import { withIdentityProvider } from './domain/credentials/authenticate.js';
import type { OrganizationDirectory } from './domain/organizations/organization.directory.js';
import type { Authenticate } from './domain/principal.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';

/** Lets users of the configured identity provider in too; undefined: there is none. @throws StartupError as its check */
export async function withUsersOf(
  config: IdentityProviderConfig | undefined,
  authenticate: Authenticate,
  { organizations, clock, logger }: { organizations: OrganizationDirectory; clock: Clock; logger: Logger },
): Promise<Authenticate> {
  if (config === undefined) return authenticate;
  const { oidc: settings, claims, allowLoopback } = config;
  // Loaded only here: most gateways have no provider.
  const { OidcProvider } = await import('./outbound/oidc.provider.js');
  const provider = new OidcProvider({ settings, clock, logger, allowLoopback });
  await provider.check();
  return withIdentityProvider(authenticate, provider, claims, organizations);
}
