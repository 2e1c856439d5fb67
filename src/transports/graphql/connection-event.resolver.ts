import { Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { RecordedAuditEvent } from '../../domain/audit/audit-event.js';
import type { ConnectionFeed } from '../../domain/connections/connection.feed.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { toGraphqlAuditEvent } from './audit.types.js';
import { showConnection } from './connection.types.js';
import { ConnectionEvent } from './connection-event.types.js';
import { type GraphqlContext, principalOf } from './context.js';
import { Cost, RequiresScope } from './directives.js';

/** The context in which a subscription begins. */
export interface SubscribeContext extends GraphqlContext {
  readonly connectionFeed: ConnectionFeed;
}

@Resolver()
export class ConnectionEventResolver {
  readonly #organizations: OrganizationDirectory;

  constructor({ organizations }: { organizations: OrganizationDirectory }) {
    this.#organizations = organizations;
  }

  @RequiresScope('m2m:read')
  @Cost(10)
  @Subscription(() => ConnectionEvent, {
    nullable: true,
    // type-graphql makes this function without the resolver's instance.
    subscribe: ({ context }) => {
      const { connectionFeed, ...caller } = context as SubscribeContext;
      return connectionFeed.follow(principalOf(caller).organizationId) as unknown as AsyncIterable<unknown>;
    },
    description:
      "Tells of each change of the organisation's connections, by whomever and through whichever replica. Changes of one connection that come close together may come as one. After each reconnection, ask for the connections again: what happened in between is not repeated.",
  })
  async connectionChanged(@Root() event: RecordedAuditEvent, @Ctx() context: GraphqlContext): Promise<ConnectionEvent> {
    const found = await context.loaders.connections.load(event.target);
    return {
      connectionId: event.target,
      connection: found === undefined ? null : showConnection(this.#organizations, found),
      change: toGraphqlAuditEvent(event),
    };
  }
}
