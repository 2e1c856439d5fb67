import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import {
  type Connection,
  type ConnectionSecret,
  SECRETS_MAX,
  type SecretState,
} from '../../domain/connections/connection.js';
import type { OrganizationDirectory } from '../../domain/organizations/organization.directory.js';
import type { Issuer } from '../../domain/organizations/organization.js';
import {
  AuthenticationTypeEnum,
  ConnectionStatusEnum,
  ConnectorEnum,
  IssuerEnum,
  SecretStateEnum,
} from './connection.enums.js';
import { Authenticated, KeyedById, ListSize, RequiresScope } from './directives.js';

@Authenticated()
@ObjectType('ConnectionSecret', {
  simpleResolvers: true,
  description: "A version of a connection's secret. The mutation that creates a secret shows it once.",
})
export class ConnectionSecretType {
  @RequiresScope('m2m:read')
  @Field(() => ID, { description: "The version's identifier." })
  id!: string;

  @RequiresScope('m2m:read')
  @Field(() => String, { description: "The secret's first characters, to recognise it by." })
  prefix!: string;

  @RequiresScope('m2m:read')
  @Field(() => String, { description: "The secret's last four characters." })
  last4!: string;

  @RequiresScope('m2m:read')
  @Field(() => SecretStateEnum, { description: "The secret's place in its life cycle." })
  state!: SecretState;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, { description: 'When the secret was created.' })
  createdAt!: Date;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the secret last authenticated a caller; null if never.',
  })
  lastUsedAt!: Date | null;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the secret expires; null if it does not expire.',
  })
  expiresAt!: Date | null;
}

/**
 * Declares the fields of every connection: without rules on the interface, since an auth directive on an interface does
 * not compose, and with rules on each type that implements it. The key has none of its own: it would stand on every
 * subgraph's `connection { id }`, which names nothing that the subgraph did not know.
 */
function declareConnectionFields(type: { prototype: object }, ...rules: PropertyDecorator[]): void {
  const declare = (name: string, ofType: () => object, description: string, nullable = false) => {
    Field(ofType as () => typeof String, { description, nullable })(type.prototype, name);
    for (const rule of name === 'id' ? [] : rules) rule(type.prototype, name);
  };
  declare('id', () => ID, "The connection's permanent identifier.");
  declare(
    'name',
    () => String,
    "The connection's name, unique in the organisation, ignoring letter case and word spacing.",
  );
  declare('connector', () => ConnectorEnum, 'The service the connection reaches.');
  declare('authenticationType', () => AuthenticationTypeEnum, "How the connection's machines authenticate.");
  declare('status', () => ConnectionStatusEnum, "Whether the connection's credentials are accepted.");
  declare('issuer', () => IssuerEnum, "Who issues and verifies the connection's credentials.");
  declare('secrets', () => [ConnectionSecretType], "The secret's versions, newest first; at most two.");
  ListSize(SECRETS_MAX)(type.prototype, 'secrets');
  declare('allowedCidrs', () => [String], 'The addresses that may use the credentials; empty if every address may.');
  declare('createdAt', () => GraphQLDateTime, 'When the connection was created.');
  declare('createdBy', () => String, 'Who created the connection: `user:…` or `machine:…`.');
  declare('updatedAt', () => GraphQLDateTime, 'When the connection was last changed.');
  declare('lastUsedAt', () => GraphQLDateTime, 'When a credential was last used; null if never.', true);
}

@InterfaceType('Connection', {
  description:
    "A named set of credentials for an organisation's machines. What Relay calls a connection is called a page here.",
  resolveType: typeOfConnection,
})
export abstract class ConnectionInterface {}
declareConnectionFields(ConnectionInterface);

@Authenticated()
@KeyedById()
@ObjectType('AccessKeyConnection', {
  implements: ConnectionInterface,
  simpleResolvers: true,
  description: 'A connection by access key. An organisation has at most one.',
})
export class AccessKeyConnection {}
declareConnectionFields(AccessKeyConnection, RequiresScope('m2m:read'));

@Authenticated()
@KeyedById()
@ObjectType('OAuthConnection', {
  implements: ConnectionInterface,
  simpleResolvers: true,
  description: 'A connection by OAuth client credentials.',
})
export class OAuthConnection {
  @RequiresScope('m2m:read')
  @Field(() => String, { description: 'The permanent OAuth client identifier.' })
  clientId!: string;
}
declareConnectionFields(OAuthConnection, RequiresScope('m2m:read'));

/** The name of a connection's type. */
export function typeOfConnection({ authenticationType }: Pick<GraphqlConnection, 'authenticationType'>): string {
  return authenticationType === 'OAUTH' ? 'OAuthConnection' : 'AccessKeyConnection';
}

/** A connection as the schema shows it. */
export type GraphqlConnection = Omit<Connection, 'createdAt' | 'updatedAt' | 'lastUsedAt' | 'secrets'> & {
  readonly issuer: Issuer;
  readonly secrets: readonly ConnectionSecretType[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastUsedAt: Date | null;
  /** The domain's connection, for field resolvers. */
  readonly source: Connection;
};

export function showConnection(organizations: OrganizationDirectory, source: Connection): GraphqlConnection {
  return {
    ...source,
    issuer: organizations.get(source.organizationId).issuer,
    secrets: source.secrets.map(toGraphqlSecret),
    createdAt: new Date(source.createdAt),
    updatedAt: new Date(source.updatedAt),
    lastUsedAt: toDate(source.lastUsedAt),
    source,
  };
}

function toGraphqlSecret(secret: ConnectionSecret): ConnectionSecretType {
  const { id, prefix, last4, state } = secret;
  return {
    id,
    prefix,
    last4,
    state,
    createdAt: new Date(secret.createdAt),
    lastUsedAt: toDate(secret.lastUsedAt),
    expiresAt: toDate(secret.expiresAt),
  };
}

export function toDate(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}
