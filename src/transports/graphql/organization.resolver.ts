import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { CONNECTIONS_MAX } from '../../domain/connections/connection.js';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import { CALL_POLICIES_MAX } from '../../domain/limits/standing.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import type { Organization } from '../../domain/organizations/organization.js';
import { idOf, type Principal } from '../../domain/principal.js';
import type { Clock } from '../../lib/clock.js';
import { ConnectionInterface, type GraphqlConnection, showConnection } from './connection.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Authenticated, Cost, ListSize, RequiresScope } from './directives.js';
import { RateLimit, RateLimitPolicy, toRateLimitPolicy } from './limit.types.js';
import { OrganizationType, Viewer } from './organization.types.js';

@Resolver(() => OrganizationType)
export class OrganizationResolver {
  readonly #organizations: OrganizationDirectory;
  readonly #limits: LimitService;
  readonly #clock: Clock;

  constructor(parts: { organizations: OrganizationDirectory; limits: LimitService; clock: Clock }) {
    this.#organizations = parts.organizations;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
  }

  @Authenticated()
  @Query(() => Viewer, { nullable: true, description: 'The caller.' })
  viewer(@Ctx() context: GraphqlContext): Viewer {
    const principal = principalOf(context);
    const { role, scopes, organizationId } = principal;
    return { id: idOf(principal), role, scopes, organization: this.#organizations.get(organizationId) };
  }

  @Authenticated()
  @Query(() => OrganizationType, { nullable: true, description: "The caller's organisation." })
  organization(@Ctx() context: GraphqlContext): Organization {
    return this.#organizations.get(principalOf(context).organizationId);
  }

  @Authenticated()
  @Cost(30)
  @Query(() => RateLimit, { nullable: true, description: "The organisation's rate limits. Reading them is free." })
  async rateLimit(@Ctx() context: GraphqlContext): Promise<RateLimit> {
    return { policies: await this.#policies(principalOf(context), context) };
  }

  @Cost(30)
  @ListSize(CALL_POLICIES_MAX)
  @FieldResolver(() => [RateLimitPolicy], {
    description: "The organisation's call limits per minute and per day; empty if calls are not counted.",
  })
  async limits(@Root() organization: Organization, @Ctx() context: GraphqlContext): Promise<RateLimitPolicy[]> {
    return this.#policies(ownOf(organization, context), context);
  }

  @RequiresScope('m2m:read')
  @Cost(40)
  @ListSize(CONNECTIONS_MAX)
  @FieldResolver(() => [ConnectionInterface], {
    nullable: true,
    description: "The organisation's connections, oldest first; at most 16. Needs the scope m2m:read.",
  })
  async connections(@Root() organization: Organization, @Ctx() context: GraphqlContext): Promise<GraphqlConnection[]> {
    ownOf(organization, context);
    return (await context.loaders.allConnections()).map((connection) =>
      showConnection(this.#organizations, connection),
    );
  }

  async #policies({ organizationId }: Principal, { loaders }: GraphqlContext): Promise<RateLimitPolicy[]> {
    const standing = await loaders.read('calls', async () => this.#limits.readCalls(organizationId));
    return standing.map((policy) => toRateLimitPolicy(policy, this.#clock.now()));
  }
}

/** A router's reference may name any organisation; only the caller's own is served. */
function ownOf(organization: Organization, context: GraphqlContext): Principal {
  const principal = principalOf(context);
  if (organization.id !== principal.organizationId) throw new DomainError('FORBIDDEN');
  return principal;
}
