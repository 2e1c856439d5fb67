import type { CredentialService, ProvenClient } from '../../domain/credentials/credential.service.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { MachineService } from '../../domain/machines/machine.service.js';
import type { Authenticate } from '../../domain/principal.js';
import type { Logger } from '../../lib/logger.js';
import type { FrontDoor } from '../http/front-door.js';
import type { RequestMemory } from './request-memory.js';

/** The services behind the REST routes. */
export interface RestServices {
  readonly credentials: CredentialService;
  readonly authenticate: Authenticate;
  readonly machines: MachineService;
  readonly limits: LimitService;
  /** Authorization headers that authenticated a client. */
  readonly provenHeaders: RequestMemory<ProvenClient>;
  /** Where repeated requests are answered before Fastify sees them. */
  readonly frontDoor: FrontDoor;
  readonly logger: Logger;
}
