import DataLoader from 'dataloader';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionService } from '../../domain/connections/connection.service.js';
import { DomainError } from '../../domain/errors.js';
import type { MachineService } from '../../domain/machines/machine.service.js';
import type { Principal } from '../../domain/principal.js';
import type { Introspection } from '../../domain/tokens/introspection.js';

/** The state of one GraphQL request, which does not outlive the request. */
export interface GraphqlContext {
  readonly requestId: string;
  /** Undefined for an anonymous caller. */
  readonly principal: Principal | undefined;
  readonly loaders: Loaders;
}

/**
 * The caller, for a resolver that only authenticated callers reach.
 * @throws DomainError UNAUTHENTICATED
 */
export function principalOf(context: GraphqlContext): Principal {
  if (context.principal === undefined) throw new DomainError('UNAUTHENTICATED');
  return context.principal;
}

/**
 * A request's loaders, bound to the caller's organisation: a request looks each object up once and shares nothing with
 * other requests.
 */
export class Loaders {
  readonly #principal: Principal | undefined;
  readonly #services: LoaderServices;
  #connections: DataLoader<string, Connection | undefined> | undefined;
  #allConnections: Promise<readonly Connection[]> | undefined;
  #introspections: DataLoader<string, Introspection> | undefined;
  #reads: Map<string, Promise<unknown>> | undefined;

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

  /** The organisation's connections, oldest first, read once per request. */
  allConnections(): Promise<readonly Connection[]> {
    this.#allConnections ??= this.#services.connections.list(this.#caller().organizationId);
    return this.#allConnections;
  }

  /** Introspections by token. The token look-up batches across requests. */
  get introspections(): DataLoader<string, Introspection> {
    this.#introspections ??= new DataLoader((tokens) => {
      const caller = this.#caller();
      return Promise.all(tokens.map((token) => this.#services.machines.introspect(caller, token, 'counted')));
    });
    return this.#introspections;
  }

  /** Has each read made once from here on: nothing changes between the reads of one query. */
  rememberReads(): void {
    this.#reads ??= new Map();
  }

  /** What no other loader reads. `what` names it with all that it depends on, but for the caller. */
  read<Value>(what: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.#reads?.get(what);
    if (known !== undefined) return known as Promise<Value>;
    const reading = read();
    this.#reads?.set(what, reading);
    return reading;
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
