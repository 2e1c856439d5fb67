import type { GraphQLSchema } from 'graphql';
import { AuditResolver } from '../../src/transports/graphql/audit.resolver.js';
import { ConnectionResolver } from '../../src/transports/graphql/connection.resolver.js';
import { ConnectionSecretResolver } from '../../src/transports/graphql/connection-secret.resolver.js';
import { OrganizationResolver } from '../../src/transports/graphql/organization.resolver.js';
import { buildServedSchema } from '../../src/transports/graphql/schema.js';
import { ConnectionTokensResolver, TokenResolver } from '../../src/transports/graphql/token.resolver.js';
import type { TestServices } from './services.js';

/** The schema as a gateway serves it, on the services of a test. */
export function serveSchema(services: TestServices): Promise<GraphQLSchema> {
  const { organizations } = services;
  return buildServedSchema(
    [
      new OrganizationResolver(services),
      new ConnectionResolver(services),
      new ConnectionSecretResolver(services),
      new TokenResolver(services),
      new ConnectionTokensResolver(services.tokens),
      new AuditResolver(services.audit),
    ],
    organizations,
  );
}
