import { GraphQLDateTime } from 'graphql-scalars';
import { createUnionType, Field, ID, InputType, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import type {
  AuthenticationType,
  Connection,
  ConnectionSecret,
  ConnectionStatus,
  Connector,
  SecretState,
} from '../../domain/connections/connection.js';
import type { Issuer } from '../../domain/organizations/organization.js';
import { Authenticated, KeyedById, RequiresScope } from './directives.js';
import { InvalidInput, LimitReached, NameTaken, NotFound, resolveResultType } from './refusal.types.js';

export const ConnectorEnum = { GAINSIGHT_API: 'GAINSIGHT_API' } as const satisfies Record<Connector, Connector>;
registerEnumType(ConnectorEnum, {
  name: 'Connector',
  description: 'What a connection connects to.',
  valuesConfig: { GAINSIGHT_API: { description: 'The REST API of Gainsight NXT.' } },
});

export const AuthenticationTypeEnum = { ACCESS_KEY: 'ACCESS_KEY', OAUTH: 'OAUTH' } as const satisfies Record<
  AuthenticationType,
  AuthenticationType
>;
registerEnumType(AuthenticationTypeEnum, {
  name: 'AuthenticationType',
  description: 'How the machines of a connection authenticate.',
  valuesConfig: {
    ACCESS_KEY: { description: 'By an access key in the `accesskey` header. One for each organisation.' },
    OAUTH: { description: 'By an access token got for `client_id:client_secret`. Fifteen for each organisation.' },
  },
});

export const ConnectionStatusEnum = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const satisfies Record<
  ConnectionStatus,
  ConnectionStatus
>;
registerEnumType(ConnectionStatusEnum, {
  name: 'ConnectionStatus',
  description: 'Whether the credentials of a connection are accepted.',
  valuesConfig: {
    ACTIVE: { description: 'They are.' },
    DISABLED: { description: 'All of them are refused, until the connection is enabled again.' },
  },
});

export const SecretStateEnum = { CURRENT: 'CURRENT', RETIRING: 'RETIRING' } as const satisfies Record<
  SecretState,
  SecretState
>;
registerEnumType(SecretStateEnum, {
  name: 'SecretState',
  description: 'Where a secret stands in its life.',
  valuesConfig: {
    CURRENT: { description: 'The newest: the one to use.' },
    RETIRING: { description: 'Replaced, and accepted until it expires.' },
  },
});

export const IssuerEnum = { LOCAL: 'LOCAL', UPSTREAM: 'UPSTREAM' } as const satisfies Record<Issuer, Issuer>;
registerEnumType(IssuerEnum, {
  name: 'Issuer',
  description: 'Who makes and checks the credentials of an organisation.',
  valuesConfig: {
    LOCAL: { description: 'Latchkey.' },
    UPSTREAM: { description: 'The tenant that Latchkey stands in front of.' },
  },
});

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
  declare('name', () => String, 'What people call it: unique in the organisation, whatever the letter case.');
  declare('connector', () => ConnectorEnum, 'What it connects to.');
  declare('authenticationType', () => AuthenticationTypeEnum, 'How its machines authenticate.');
  declare('status', () => ConnectionStatusEnum, 'Whether its credentials are accepted.');
  declare('issuer', () => IssuerEnum, 'Who makes and checks its credentials.');
  declare('secrets', () => [ConnectionSecretType], 'The versions of its secret, newest first; at most two.');
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

export function toGraphqlConnection(source: Connection, issuer: Issuer): GraphqlConnection {
  return {
    ...source,
    issuer,
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

@InputType('CreateConnectionInput', { description: 'What a new connection is to be.' })
export class CreateConnectionInput {
  @Field(() => String, {
    description: '1 to 100 characters, trimmed, in NFC; unique in the organisation, whatever the letter case.',
  })
  name!: string;

  @Field(() => ConnectorEnum, { defaultValue: 'GAINSIGHT_API', description: 'What it connects to.' })
  connector!: Connector;

  @Field(() => AuthenticationTypeEnum, { description: 'How its machines authenticate.' })
  authenticationType!: AuthenticationType;

  @Field(() => String, {
    nullable: true,
    description: "Where the issuer is UPSTREAM: the client id made in the tenant's console.",
  })
  clientId?: string;

  @Field(() => String, {
    nullable: true,
    description: "Where the issuer is UPSTREAM: the client secret made in the tenant's console.",
  })
  clientSecret?: string;

  @Field(() => String, {
    nullable: true,
    description: "Where the issuer is UPSTREAM: the access key made in the tenant's console.",
  })
  accessKey?: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes a repeated create safe: the same key and input give the same connection, its secret not shown again.',
  })
  idempotencyKey?: string;
}

@Authenticated()
@ObjectType('ConnectionCreated', { simpleResolvers: true, description: 'A connection was made.' })
export class ConnectionCreated {
  @Field(() => ConnectionInterface, { description: 'The connection.' })
  connection!: GraphqlConnection;

  @Field(() => String, {
    nullable: true,
    description: 'The secret, this once. Null for an upstream credential and where the create was a repeated one.',
  })
  secret!: string | null;

  @Field(() => String, { nullable: true, description: 'The client id; null for an access key.' })
  clientId!: string | null;
}

@Authenticated()
@ObjectType('ConnectionChanged', { simpleResolvers: true, description: 'A connection was changed.' })
export class ConnectionChanged {
  @Field(() => ConnectionInterface, { description: 'The connection as it is now.' })
  connection!: GraphqlConnection;
}

@Authenticated()
@ObjectType('ConnectionDeleted', { simpleResolvers: true, description: 'A connection was deleted.' })
export class ConnectionDeleted {
  @Field(() => ID, { description: 'The id that it had.' })
  id!: string;
}

@Authenticated()
@ObjectType('SecretCreated', { simpleResolvers: true, description: 'A connection got a new secret.' })
export class SecretCreated {
  @Field(() => ConnectionInterface, { description: 'The connection as it is now.' })
  connection!: GraphqlConnection;

  @Field(() => String, { description: 'The new secret, this once.' })
  secret!: string;
}

export const CreateConnectionResult = createUnionType({
  name: 'CreateConnectionResult',
  description: 'What came of creating a connection.',
  types: () => [ConnectionCreated, NameTaken, LimitReached, InvalidInput] as const,
  resolveType: resolveResultType('ConnectionCreated'),
});

export const ConnectionResult = createUnionType({
  name: 'ConnectionResult',
  description: 'What came of changing a connection.',
  types: () => [ConnectionChanged, NotFound, NameTaken, InvalidInput] as const,
  resolveType: resolveResultType('ConnectionChanged'),
});

export const DeleteConnectionResult = createUnionType({
  name: 'DeleteConnectionResult',
  description: 'What came of deleting a connection.',
  types: () => [ConnectionDeleted, NotFound] as const,
  resolveType: resolveResultType('ConnectionDeleted'),
});

export const SecretResult = createUnionType({
  name: 'SecretResult',
  description: "What came of replacing a connection's secret.",
  types: () => [SecretCreated, NotFound, InvalidInput] as const,
  resolveType: resolveResultType('SecretCreated'),
});
