import type { CredentialService } from '../../domain/access/credential.service.js';
import type { IntrospectionService } from '../../domain/introspection/introspection.service.js';
import type { TokenService } from '../../domain/tokens/token.service.js';
import type { Logger } from '../../lib/logger.js';

/** What the REST paths work with. */
export interface RestServices {
  readonly credentials: CredentialService;
  readonly tokens: TokenService;
  readonly introspection: IntrospectionService;
  readonly logger: Logger;
}
