import { createUnionType, Field, ID, InputType, ObjectType } from 'type-graphql';
import type { AuthenticationType, Connector } from '../../domain/connections/connection.js';
import { AuthenticationTypeEnum, ConnectorEnum } from './connection.enums.js';
import { ConnectionInterface, type GraphqlConnection } from './connection.types.js';
import { Authenticated } from './directives.js';
import { InvalidInput, LimitReached, NameTaken, NotFound, resolveResultType } from './refusal.types.js';

@InputType('CreateConnectionInput', { description: 'What a new connection is to be.' })
export class CreateConnectionInput {
  @Field(() => String, {
    description:
      '1 to 100 characters, trimmed, in NFC; unique in the organisation, whatever the letter case and the spaces between words.',
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
      'Makes a repeated create safe for a day: the same key and input give the same connection, its secret not shown again.',
  })
  idempotencyKey?: string;
}

@Authenticated()
@ObjectType('ConnectionCreated', { simpleResolvers: true, description: 'A connection was made.' })
export class ConnectionCreated {
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection.' })
  connection!: GraphqlConnection;

  @Field(() => String, {
    nullable: true,
    description: 'The secret, this once. Null for an upstream credential and where the create was a repeated one.',
  })
  secret!: string | null;

  @Field(() => String, { nullable: true, description: 'The client id; null for an access key.' })
  clientId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What should be known though the connection was made: that its tenant could not be asked. Else null.',
  })
  warning!: string | null;
}

@Authenticated()
@ObjectType('ConnectionChanged', { simpleResolvers: true, description: 'A connection was changed.' })
export class ConnectionChanged {
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection as it is now.' })
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
  @Field(() => ConnectionInterface, { nullable: true, description: 'The connection as it is now.' })
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
