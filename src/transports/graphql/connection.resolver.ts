import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type AuthenticationType, CONNECTIONS_MAX, type Connection } from '../../domain/connections/connection.js';
import type { ConnectionService } from '../../domain/connections/connection.service.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { Refusal } from '../../domain/refusal.js';
import { AuthenticationTypeEnum } from './connection.enums.js';
import {
  type ConnectionChanged,
  type ConnectionCreated,
  ConnectionResult,
  CreateConnectionInput,
  CreateConnectionResult,
  DeleteConnectionResult,
} from './connection.results.js';
import { ConnectionInterface, type GraphqlConnection, showConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Cost, ListSize, RequiresScope } from './directives.js';
import { ofConnectionId, underInput } from './refusal.path.js';

export const CONNECTION_ID = { description: "The connection's identifier." };

@Resolver()
export class ConnectionResolver {
  readonly #connections: ConnectionService;
  readonly #organizations: OrganizationDirectory;

  constructor(parts: {
    connections: ConnectionService;
    organizations: OrganizationDirectory;
  }) {
    this.#connections = parts.connections;
    this.#organizations = parts.organizations;
  }

  @RequiresScope('m2m:read')
  @Cost(40)
  @ListSize(CONNECTIONS_MAX)
  @Query(() => [ConnectionInterface], {
    nullable: true,
    description: "The organisation's connections, oldest first; at most 16.",
  })
  async connections(
    @Ctx() context: GraphqlContext,
    @Arg('authenticationType', () => AuthenticationTypeEnum, {
      nullable: true,
      description: 'Returns only connections of this type.',
    })
    authenticationType?: AuthenticationType,
  ): Promise<GraphqlConnection[]> {
    const all = await context.loaders.allConnections();
    const found = authenticationType ? all.filter((one) => one.authenticationType === authenticationType) : all;
    return found.map((connection) => showConnection(this.#organizations, connection));
  }

  @RequiresScope('m2m:read')
  @Query(() => ConnectionInterface, {
    nullable: true,
    description: 'A connection; null if the organisation has no such connection.',
  })
  async connection(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
  ): Promise<GraphqlConnection | null> {
    const found = await context.loaders.connections.load(id);
    return found === undefined ? null : showConnection(this.#organizations, found);
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => CreateConnectionResult, {
    nullable: true,
    description: 'Creates a connection and shows its secret once.',
  })
  async createConnection(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateConnectionInput, { description: 'The connection to create.' })
    input: CreateConnectionInput,
  ): Promise<ConnectionCreated | Refusal> {
    const made = await this.#connections.create(principalOf(context), {
      name: input.name,
      connector: input.connector,
      authenticationType: input.authenticationType,
      clientId: input.clientId ?? undefined,
      clientSecret: input.clientSecret ?? undefined,
      accessKey: input.accessKey ?? undefined,
      idempotencyKey: input.idempotencyKey ?? undefined,
    });
    if (made instanceof Refusal) return underInput(made);
    return {
      connection: showConnection(this.#organizations, made.connection),
      secret: made.secret?.reveal() ?? null,
      clientId: made.connection.clientId ?? null,
      warning: made.warning ?? null,
    };
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, { nullable: true, description: 'Renames a connection.' })
  async renameConnection(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @Arg('name', () => String, { description: 'The new name, under the same rules as in createConnection.' })
    name: string,
  ): Promise<ConnectionChanged | Refusal> {
    return this.#changed(await this.#connections.rename(principalOf(context), id, name));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, {
    nullable: true,
    description: 'Refuses every credential of a connection at once. Its tokens stay revoked after enableConnection.',
  })
  async disableConnection(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
  ): Promise<ConnectionChanged | Refusal> {
    return this.#changed(await this.#connections.disable(principalOf(context), id));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, { nullable: true, description: "Accepts a disabled connection's secret again." })
  async enableConnection(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
  ): Promise<ConnectionChanged | Refusal> {
    return this.#changed(await this.#connections.enable(principalOf(context), id));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => DeleteConnectionResult, {
    nullable: true,
    description: 'Deletes a connection, its secret and its tokens permanently.',
  })
  async deleteConnection(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
  ): Promise<{ readonly id: string } | Refusal> {
    return this.#connections.delete(principalOf(context), id);
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, {
    nullable: true,
    description: "Replaces the list of addresses that may use a connection's credentials.",
  })
  async setAllowedCidrs(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, CONNECTION_ID) id: string,
    @Arg('cidrs', () => [String], {
      description:
        'IPv4 and IPv6 addresses and CIDRs, at most 50, such as 10.0.0.0/8. An empty list allows every address.',
    })
    cidrs: string[],
  ): Promise<ConnectionChanged | Refusal> {
    return this.#changed(await this.#connections.setAllowedCidrs(principalOf(context), id, cidrs));
  }

  @RequiresScope('m2m:admin')
  @Mutation(() => ConnectionResult, {
    nullable: true,
    description: 'Revokes every live token of a connection at once.',
  })
  async revokeTokens(
    @Ctx() context: GraphqlContext,
    @Arg('connectionId', () => ID, CONNECTION_ID) connectionId: string,
  ): Promise<ConnectionChanged | Refusal> {
    const result = await this.#connections.revokeTokens(principalOf(context), connectionId);
    return this.#changed(result instanceof Refusal ? ofConnectionId(result) : result);
  }

  #changed(result: Connection | Refusal): ConnectionChanged | Refusal {
    return result instanceof Refusal ? result : { connection: showConnection(this.#organizations, result) };
  }
}
