import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ConnectionService } from '../../domain/connections/connection.service.js';
import { DomainError } from '../../domain/errors.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import type { Organization } from '../../domain/organizations/organization.js';
import { ConnectionInterface, type GraphqlConnection, toGraphqlConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Authenticated, RequiresScope } from './directives.js';
import { OrganizationType, Viewer } from './organization.types.js';

@Resolver(() => OrganizationType)
export class OrganizationResolver {
  readonly #organizations: OrganizationDirectory;
  readonly #connections: ConnectionService;

  constructor(organizations: OrganizationDirectory, connections: ConnectionService) {
    this.#organizations = organizations;
    this.#connections = connections;
  }

  @Authenticated()
  @Query(() => Viewer, { description: 'Who you are. Free.' })
  viewer(@Ctx() context: GraphqlContext): Viewer {
    const { id, role, scopes, organizationId } = principalOf(context);
    return { id, role, scopes, organization: this.#organizations.get(organizationId) };
  }

  @Authenticated()
  @Query(() => OrganizationType, { description: "The caller's organisation." })
  organization(@Ctx() context: GraphqlContext): Organization {
    return this.#organizations.get(principalOf(context).organizationId);
  }

  @RequiresScope('m2m:read')
  @FieldResolver(() => [ConnectionInterface], { description: 'Its connections, oldest first; at most 16.' })
  async connections(@Root() organization: Organization, @Ctx() context: GraphqlContext): Promise<GraphqlConnection[]> {
    const principal = principalOf(context);
    // A reference comes from outside: it is followed into the caller's own organisation only.
    if (organization.id !== principal.organizationId) throw new DomainError('FORBIDDEN');
    const found = await this.#connections.list(principal);
    return found.map((connection) => toGraphqlConnection(connection, organization.issuer));
  }
}
