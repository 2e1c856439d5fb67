import {
  assertInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { buildSchema, type ContainerType, type PubSub } from 'type-graphql';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import { AuditResolver } from './audit.resolver.js';
import { enforceAuthorization } from './authorization.js';
import { ConnectionResolver } from './connection.resolver.js';
import { AccessKeyConnection, OAuthConnection, showConnection, typeOfConnection } from './connection.types.js';
import { ConnectionEventResolver } from './connection-event.resolver.js';
import { ConnectionSecretResolver } from './connection-secret.resolver.js';
import { type GraphqlContext, principalOf } from './context.js';
import { FEDERATION_LINK } from './directives.js';
import { OrganizationResolver } from './organization.resolver.js';
import { buildSubgraph, printSubgraphSdl, type ReferenceResolver } from './subgraph.js';
import { ConnectionTokensResolver, TokenResolver } from './token.resolver.js';

const RESOLVERS = [
  OrganizationResolver,
  ConnectionResolver,
  ConnectionSecretResolver,
  TokenResolver,
  ConnectionTokensResolver,
  AuditResolver,
  ConnectionEventResolver,
] as const;

/** The subgraph's SDL, sorted to be stable: routers compose it, schema/schema.graphql holds it. */
export async function buildSdl(): Promise<string> {
  return printSubgraphSdl(await declare({ get: () => undefined }), FEDERATION_LINK);
}

/** The SDL without federation's directives, which clients' tools do not know. */
export async function buildClientSdl(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await declare({ get: () => undefined })))}\n`;
}

/** What the resolvers ask. */
type ResolverServices = ConstructorParameters<typeof OrganizationResolver>[0] &
  ConstructorParameters<typeof ConnectionResolver>[0] &
  ConstructorParameters<typeof ConnectionSecretResolver>[0] &
  ConstructorParameters<typeof TokenResolver>[0] & {
    readonly tokens: ConstructorParameters<typeof ConnectionTokensResolver>[0];
    readonly audit: ConstructorParameters<typeof AuditResolver>[0];
  };

/**
 * The served schema: type-graphql declares it, Apollo makes it a subgraph, authorization.ts enforces its rules.
 * @throws MissingRuleError if a field has no rule
 */
export async function buildServedSchema(services: ResolverServices): Promise<GraphQLSchema> {
  const { organizations } = services;
  const instances = [
    new OrganizationResolver(services),
    new ConnectionResolver(services),
    new ConnectionSecretResolver(services),
    new TokenResolver(services),
    new ConnectionTokensResolver(services.tokens),
    new AuditResolver(services.audit),
    new ConnectionEventResolver(services),
  ];
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  const declared = await declare({ get: (resolver) => byClass.get(resolver) });
  const subgraph = buildSubgraph(declared, FEDERATION_LINK, referencesTo(organizations));
  // type-graphql makes it asynchronous, which costs each connection of a list some turns of the queue.
  assertInterfaceType(subgraph.getType('Connection')).resolveType = typeOfConnection;
  return enforceAuthorization(subgraph);
}

/** type-graphql asks for one where a subscription exists, even if that brings its own stream. */
const NO_TOPICS: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('Subscriptions here have no topics.');
  },
};

async function declare(container: ContainerType): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: RESOLVERS,
    // Only the interface refers to these types.
    orphanedTypes: [AccessKeyConnection, OAuthConnection],
    validate: false,
    pubSub: NO_TOPICS,
    // It introspects the schema; what is served is validated when it is a subgraph.
    skipCheck: true,
    container,
  });
  // type-graphql cannot describe the root types.
  describe(
    schema.getQueryType(),
    'Read operations. Introspection needs the scope m2m:introspect; connections and the audit log need m2m:read.',
  );
  describe(schema.getSubscriptionType(), 'Streams of events: they need the scope m2m:read.');
  describe(schema.getMutationType(), 'Write operations, for super admins only: they need the scope m2m:admin.');
  return schema;
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}

/** Each entity's reference resolver, which returns null for a foreign or absent entity. */
function referencesTo(
  organizations: OrganizationDirectory,
): Readonly<Record<string, ReferenceResolver<Reference, GraphqlContext>>> {
  const connectionOf = (authenticationType: string) => async (reference: Reference, context: GraphqlContext) => {
    if (typeof reference.id !== 'string') return null;
    const found = await context.loaders.connections.load(reference.id);
    if (found?.authenticationType !== authenticationType) return null;
    return showConnection(organizations, found);
  };
  const organizationOf = ({ id }: Reference, context: GraphqlContext) =>
    id === principalOf(context).organizationId ? organizations.get(principalOf(context).organizationId) : null;
  return {
    AccessKeyConnection: connectionOf('ACCESS_KEY'),
    OAuthConnection: connectionOf('OAUTH'),
    Organization: organizationOf,
  };
}

interface Reference {
  readonly id: unknown;
}
