import DataLoader from 'dataloader';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionService } from '../../domain/connections/connection.service.js';
import { DomainError } from '../../domain/errors.js';
import type { Introspection, IntrospectionService } from '../../domain/introspection/introspection.service.js';
import type { Principal } from '../../domain/principal.js';

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
  readonly #organizationId: string | undefined;
  readonly #services: LoaderServices;
  #connections: DataLoader<string, Connection | undefined> | undefined;
  #introspections: DataLoader<string, Introspection> | undefined;

  constructor(principal: Principal | undefined, services: LoaderServices) {
    this.#organizationId = principal?.organizationId;
    this.#services = services;
  }

  /** Connections of the organisation by id. */
  get connections(): DataLoader<string, Connection | undefined> {
    this.#connections ??= new DataLoader((ids) => this.#services.connections.findMany(this.#organization(), ids));
    return this.#connections;
  }

  /** Introspections by token. The batching across requests is the token look-up's own. */
  get introspections(): DataLoader<string, Introspection> {
    this.#introspections ??= new DataLoader((tokens) =>
      Promise.all(tokens.map((token) => this.#services.introspection.introspect(this.#organization(), token))),
    );
    return this.#introspections;
  }

  #organization(): string {
    if (this.#organizationId === undefined) throw new DomainError('UNAUTHENTICATED');
    return this.#organizationId;
  }
}

export interface LoaderServices {
  readonly connections: ConnectionService;
  readonly introspection: IntrospectionService;
}
