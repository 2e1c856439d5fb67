import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import {
  Arg,
  buildSchema,
  Field,
  ID,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';

/**
 * Apollo Server and type-graphql as their manuals start them, serving a page of connections that stands in memory: no
 * caller is proven and nothing is read. CONNECTIONS has the page, as Latchkey answered it.
 */

const Connector = { GAINSIGHT_API: 'GAINSIGHT_API' } as const;
registerEnumType(Connector, { name: 'Connector' });

const AuthenticationType = { ACCESS_KEY: 'ACCESS_KEY', OAUTH: 'OAUTH' } as const;
registerEnumType(AuthenticationType, { name: 'AuthenticationType' });

const ConnectionStatus = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' } as const;
registerEnumType(ConnectionStatus, { name: 'ConnectionStatus' });

const Issuer = { LOCAL: 'LOCAL', UPSTREAM: 'UPSTREAM' } as const;
registerEnumType(Issuer, { name: 'Issuer' });

const SecretState = { CURRENT: 'CURRENT', RETIRING: 'RETIRING' } as const;
registerEnumType(SecretState, { name: 'SecretState' });

@ObjectType()
class ConnectionSecret {
  @Field(() => ID)
  id!: string;

  @Field()
  prefix!: string;

  @Field()
  last4!: string;

  @Field(() => SecretState)
  state!: keyof typeof SecretState;

  @Field()
  createdAt!: Date;

  @Field(() => Date, { nullable: true })
  lastUsedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  expiresAt!: Date | null;
}

@InterfaceType()
abstract class Connection {
  @Field(() => ID)
  id!: string;

  @Field()
  name!: string;

  @Field(() => Connector)
  connector!: keyof typeof Connector;

  @Field(() => AuthenticationType)
  authenticationType!: keyof typeof AuthenticationType;

  @Field(() => ConnectionStatus)
  status!: keyof typeof ConnectionStatus;

  @Field(() => Issuer)
  issuer!: keyof typeof Issuer;

  @Field(() => [ConnectionSecret])
  secrets!: ConnectionSecret[];

  @Field(() => [String])
  allowedCidrs!: string[];

  @Field()
  createdAt!: Date;

  @Field()
  createdBy!: string;

  @Field()
  updatedAt!: Date;

  @Field(() => Date, { nullable: true })
  lastUsedAt!: Date | null;
}

@ObjectType({ implements: Connection })
class AccessKeyConnection extends Connection {}

@ObjectType({ implements: Connection })
class OAuthConnection extends Connection {
  @Field()
  clientId!: string;
}

const INSTANTS = ['createdAt', 'updatedAt', 'lastUsedAt', 'expiresAt'];
const page = (JSON.parse(process.env.CONNECTIONS ?? '[]') as Connection[]).map((one) => {
  const { secrets, ...fields } = one;
  const type = one.authenticationType === 'OAUTH' ? OAuthConnection : AccessKeyConnection;
  return Object.assign(new type(), withDates(fields), {
    secrets: secrets.map((secret) => Object.assign(new ConnectionSecret(), withDates(secret))),
  });
});

function withDates(fields: object): object {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    INSTANTS.includes(name) && value !== null ? new Date(value) : value,
  ]);
  return Object.fromEntries(entries);
}

@Resolver()
class ConnectionResolver {
  @Query(() => [Connection])
  connections(
    @Arg('authenticationType', () => AuthenticationType, { nullable: true })
    authenticationType?: keyof typeof AuthenticationType,
  ): Connection[] {
    return authenticationType ? page.filter((one) => one.authenticationType === authenticationType) : page;
  }
}

const server = fastify();
const apollo = new ApolloServer({
  schema: await buildSchema({ resolvers: [ConnectionResolver], orphanedTypes: [AccessKeyConnection, OAuthConnection] }),
  plugins: [fastifyApolloDrainPlugin(server)],
});
await apollo.start();
server.post('/graphql', fastifyApolloHandler(apollo));

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
