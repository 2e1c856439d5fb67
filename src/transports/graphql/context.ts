import DataLoader from 'dataloader';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionService } from '../../domain/connections/connection.service.js';
import { DomainError } from '../../domain/errors.js';
import type { MachineService } from '../../domain/machines/machine.service.js';
import type { Principal } from '../../domain/principal.js';
import type { Introspection } from '../../domain/tokens/introspection.js';

/** What one GraphQL request carries through its resolvers. Nothing of it outlives the request. */
export interface GraphqlContext {
  readonly requestId: string;
  /** Undefined for an anonymous caller. */
  readonly principal: Principal | undefined;
  readonly loaders: Loaders;
}

/** Who calls, for a resolver that the authorization pass lets only proven callers reach. */
export function principalOf(context: GraphqlContext): Principal {
  if (context.principal === undefined) throw new DomainError('UNAUTHENTICATED');
  return context.principal;
}

/**
 * One set for each request, bound to its caller's organisation: what a request asks for twice is looked up once, and
 * no other request can be given it. Each is made when it is first used.
 */
export class Loaders {
  readonly #principal: Principal | undefined;
  readonly #services: LoaderServices;
  #connections: DataLoader<string, Connection | undefined> | undefined;
  #allConnections: Promise<readonly Connection[]> | undefined;
  #introspections: DataLoader<string, Introspection> | undefined;

  constructor(principal: Principal | undefined, services: LoaderServices) {
    this.#principal = principal;
    this.#services = services;
  }

  /** Connections of the organisation by id. */
  get connections(): DataLoader<string, Connection | undefined> {
    this.#connections ??= new DataLoader((ids) =>
      this.#services.connections.findMany(this.#caller().organizationId, ids),
    );
    return this.#connections;
  }

  /** All connections of the organisation, oldest first: read once, however often a request asks for them. */
  allConnections(): Promise<readonly Connection[]> {
    this.#allConnections ??= this.#services.connections.list(this.#caller().organizationId);
    return this.#allConnections;
  }

  /** Introspections by token. The batching across requests is the token look-up's own. */
  get introspections(): DataLoader<string, Introspection> {
    this.#introspections ??= new DataLoader((tokens) => {
      const caller = this.#caller();
      return Promise.all(tokens.map((token) => this.#services.machines.introspect(caller, token, 'counted')));
    });
    return this.#introspections;
  }

  #caller(): Principal {
    if (this.#principal === undefined) throw new DomainError('UNAUTHENTICATED');
    return this.#principal;
  }
}

export interface LoaderServices {
  readonly connections: ConnectionService;
  readonly machines: MachineService;
}
