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
  description: "One version of a connection's secret. The secret itself is shown once, by the mutation that made it.",
})
export class ConnectionSecretType {
  @RequiresScope('m2m:read')
  @Field(() => ID, { description: 'Names this version.' })
  id!: string;

  @RequiresScope('m2m:read')
  @Field(() => String, { description: 'Its first characters, for recognising it.' })
  prefix!: string;

  @RequiresScope('m2m:read')
  @Field(() => String, { description: 'Its last four characters.' })
  last4!: string;

  @RequiresScope('m2m:read')
  @Field(() => SecretStateEnum, { description: 'Where it stands in its life.' })
  state!: SecretState;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it last proved a caller; null while unused.' })
  lastUsedAt!: Date | null;

  @RequiresScope('m2m:read')
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When it stops being accepted; null where it does not.',
  })
  expiresAt!: Date | null;
}

/**
 * The fields that every connection has. They are declared on the interface without rules (an auth directive on an
 * interface does not compose) and once more on each type that implements it, with them.
 */
function declareConnectionFields(type: { prototype: object }, ...rules: PropertyDecorator[]): void {
  const declare = (name: string, ofType: () => object, description: string, nullable = false) => {
    Field(ofType as () => typeof String, { description, nullable })(type.prototype, name);
    for (const rule of rules) rule(type.prototype, name);
  };
  declare('id', () => ID, 'Names the connection, everywhere and for ever.');
  declare(
    'name',
    () => String,
    'What people call it: unique in the organisation, whatever the letter case and the spaces.',
  );
  declare('connector', () => ConnectorEnum, 'What it connects to.');
  declare('authenticationType', () => AuthenticationTypeEnum, 'How its machines authenticate.');
  declare('status', () => ConnectionStatusEnum, 'Whether its credentials are accepted.');
  declare('issuer', () => IssuerEnum, 'Who makes and checks its credentials.');
  declare('secrets', () => [ConnectionSecretType], 'The versions of its secret, newest first; at most two.');
  ListSize(SECRETS_MAX)(type.prototype, 'secrets');
  declare('allowedCidrs', () => [String], 'From where its credentials may be used; empty: from anywhere.');
  declare('createdAt', () => GraphQLDateTime, 'When it was made.');
  declare('createdBy', () => String, 'Who made it.');
  declare('updatedAt', () => GraphQLDateTime, 'When it was last changed.');
  declare('lastUsedAt', () => GraphQLDateTime, 'When one of its credentials was last used; null while unused.', true);
}

@InterfaceType('Connection', {
  description: 'A named entry of an organisation through which its machines authenticate.',
  resolveType: ({ authenticationType }: GraphqlConnection) =>
    authenticationType === 'OAUTH' ? 'OAuthConnection' : 'AccessKeyConnection',
})
export abstract class ConnectionInterface {}
declareConnectionFields(ConnectionInterface);

@Authenticated()
@KeyedById()
@ObjectType('AccessKeyConnection', {
  implements: ConnectionInterface,
  simpleResolvers: true,
  description: "A connection by access key: the organisation's one.",
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
  @Field(() => String, { description: 'The public half of its credential, the same for its whole life.' })
  clientId!: string;
}
declareConnectionFields(OAuthConnection, RequiresScope('m2m:read'));

/** A connection as the schema shows it. */
export type GraphqlConnection = Omit<Connection, 'createdAt' | 'updatedAt' | 'lastUsedAt' | 'secrets'> & {
  readonly issuer: Issuer;
  readonly secrets: readonly ConnectionSecretType[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastUsedAt: Date | null;
  /** The connection that this shows, for the resolvers of its other fields. */
  readonly source: Connection;
};

/** A connection, with its organisation's issuer. */
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
