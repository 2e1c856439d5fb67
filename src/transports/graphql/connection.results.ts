import { createUnionType, Field, ID, InputType, ObjectType } from 'type-graphql';
import type { AuthenticationType, Connector } from '../../domain/connections/connection.js';
import { AuthenticationTypeEnum, ConnectorEnum } from './connection.enums.js';
import { ConnectionInterface, type GraphqlConnection } from './connection.types.js';
import { Authenticated } from './directives.js';
import { InvalidInput, LimitReached, NameTaken, NotFound, resolveResultType } from './refusal.types.js';

@InputType('CreateConnectionInput', { description: 'The properties of a new connection.' })
export class CreateConnectionInput {
  @Field(() => String, {
    description:
      '1 to 100 characters, trimmed and in NFC; unique in the organisation, ignoring letter case and word spacing.',
  })
  name!: string;

  @Field(() => ConnectorEnum, { defaultValue: 'GAINSIGHT_API', description: 'The service the connection reaches.' })
  connector!: Connector;

  @Field(() => AuthenticationTypeEnum, { description: "How the connection's machines authenticate." })
  authenticationType!: AuthenticationType;

  @Field(() => String, {
    nullable: true,
    description: "For issuer UPSTREAM: the client id from the tenant's console.",
  })
  clientId?: string;

  @Field(() => String, {
    nullable: true,
    description: "For issuer UPSTREAM: the client secret from the tenant's console.",
  })
  clientSecret?: string;

  @Field(() => String, {
    nullable: true,
    description: "For issuer UPSTREAM: the access key from the tenant's console.",
  })
  accessKey?: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes retries safe for a day: the same key and input return the same connection, without its secret. 1 to 200 printable ASCII characters without spaces.',
  })
  idempotencyKey?: string;
}

@Authenticated()
@ObjectType('ConnectionCreated', { simpleResolvers: true, description: 'A created connection.' })
export class ConnectionCreated {
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection.' })
  connection!: GraphqlConnection;

  @Field(() => String, {
    nullable: true,
    description:
      'The secret, shown once. Null for an upstream credential and for a retry with the same idempotency key.',
  })
  secret!: string | null;

  @Field(() => String, { nullable: true, description: 'The client id; null for an access key.' })
  clientId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Set if the tenant could not be asked to verify the credential; otherwise null.',
  })
  warning!: string | null;
}

@Authenticated()
@ObjectType('ConnectionChanged', { simpleResolvers: true, description: 'A changed connection.' })
export class ConnectionChanged {
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection after the change.' })
  connection!: GraphqlConnection;
}

@Authenticated()
@ObjectType('ConnectionDeleted', { simpleResolvers: true, description: 'A deleted connection.' })
export class ConnectionDeleted {
  @Field(() => ID, { description: "The deleted connection's identifier." })
  id!: string;
}

@Authenticated()
@ObjectType('SecretCreated', { simpleResolvers: true, description: "A connection's new secret." })
export class SecretCreated {
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection after the change.' })
  connection!: GraphqlConnection;

  @Field(() => String, { description: 'The new secret, shown once.' })
  secret!: string;
}

export const CreateConnectionResult = createUnionType({
  name: 'CreateConnectionResult',
  description: 'The outcome of creating a connection.',
  types: () => [ConnectionCreated, NameTaken, LimitReached, InvalidInput] as const,
  resolveType: resolveResultType('ConnectionCreated'),
});

export const ConnectionResult = createUnionType({
  name: 'ConnectionResult',
  description: 'The outcome of changing a connection.',
  types: () => [ConnectionChanged, NotFound, NameTaken, InvalidInput] as const,
  resolveType: resolveResultType('ConnectionChanged'),
});

export const DeleteConnectionResult = createUnionType({
  name: 'DeleteConnectionResult',
  description: 'The outcome of deleting a connection.',
  types: () => [ConnectionDeleted, NotFound] as const,
  resolveType: resolveResultType('ConnectionDeleted'),
});

export const SecretResult = createUnionType({
  name: 'SecretResult',
  description: "The outcome of replacing a connection's secret.",
  types: () => [SecretCreated, NotFound, InvalidInput] as const,
  resolveType: resolveResultType('SecretCreated'),
});
