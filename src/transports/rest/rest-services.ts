import type { CredentialService, ProvenClient } from '../../domain/credentials/credential.service.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Authenticate } from '../../domain/principal.js';
import type { IntrospectionService } from '../../domain/tokens/introspection.service.js';
import type { TokenService } from '../../domain/tokens/token.service.js';
import type { Logger } from '../../lib/logger.js';
import type { RequestMemory } from './request-memory.js';

/** What the REST paths work with. */
export interface RestServices {
  readonly credentials: CredentialService;
  readonly authenticate: Authenticate;
  readonly tokens: TokenService;
  readonly introspection: IntrospectionService;
  readonly limits: LimitService;
  /** Authorization headers that have proven a client. */
  readonly provenHeaders: RequestMemory<ProvenClient>;
  readonly logger: Logger;
}
