import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import { CredentialService } from './domain/access/credential.service.js';
import { UsageRecorder } from './domain/access/usage.recorder.js';
import { AuditService } from './domain/audit/audit.service.js';
import { BearerService } from './domain/bearers/bearer.service.js';
import { ConnectionService } from './domain/connections/connection.service.js';
import { IntrospectionService } from './domain/introspection/introspection.service.js';
import { OrganizationDirectory } from './domain/organizations/organization.directory.js';
import type { Database } from './domain/store.js';
import { TokenLookup } from './domain/tokens/token.lookup.js';
import { TokenService } from './domain/tokens/token.service.js';
import { AdminBearers } from './identity/admin-bearer.js';
import { createAuthenticate } from './identity/authenticate.js';
import { SIGN_IN_PATH, SignInLinks, SignInService } from './identity/sign-in.js';
import { type Clock, systemClock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';
import { describeError, type Logger } from './lib/logger.js';
import { openEmbeddedDatabase } from './stores/sql/database.js';
import { registerSignInRoute } from './transports/console/sign-in.route.js';
import { AuditResolver } from './transports/graphql/audit.resolver.js';
import { ConnectionResolver } from './transports/graphql/connection.resolver.js';
import { OrganizationResolver } from './transports/graphql/organization.resolver.js';
import { buildServedSchema } from './transports/graphql/schema.js';
import { GRAPHQL_PATH, registerGraphql } from './transports/graphql/server.js';
import { ConnectionTokensResolver, TokenResolver } from './transports/graphql/token.resolver.js';
import { registerHealthRoutes } from './transports/http/health.route.js';
import { createHttpServer } from './transports/http/server.js';
import { registerCompatibleRoutes } from './transports/rest/compatible.route.js';
import { describeAuthorizationServer } from './transports/rest/metadata.js';
import { registerStandardRoutes } from './transports/rest/standard.route.js';

/** How late a note of a last use may be written. */
const USAGE_FLUSH_MS = 5_000;
/** How often a slice of the expired tokens is forgotten. */
const SWEEP_MS = 60_000;

/** Requests that are under way at a stop have this long; orchestrators kill after ten seconds. */
const STOP_WITHIN_MS = 8_000;

/** A gateway that runs. */
export interface App {
  /** The URL that clients reach it under: LATCHKEY_PUBLIC_URL, else the address that it listens on. */
  readonly url: string;
  /** Whether anybody ever signed in by a link. */
  readonly signedInBefore: boolean;
  /** Finishes the requests that are under way, writes what is pending and lets go of everything. */
  stop(): Promise<void>;
}

/** The composition root: opens the stores, builds the services on them and the transports on those, and listens. */
export async function startApp(parts: {
  config: Config;
  keyRing: KeyRing;
  logger: Logger;
  clock?: Clock;
}): Promise<App> {
  const { config, keyRing, logger, clock = systemClock } = parts;
  const database = await openEmbeddedDatabase(config.dataDirectory);
  const usage = new UsageRecorder(database.usage);
  const server = createHttpServer(logger);
  try {
    await database.organizations.save(config.organizations);
    const services = buildServices({ config, keyRing, clock, database, usage });
    const publicUrl = () => config.publicUrl ?? addressOf(server);
    await registerTransports(server, { ...services, config, keyRing, clock, logger, database, publicUrl });
    await server.listen({ host: config.host, port: config.port });
    const stopWork = startBackgroundWork({ usage, tokens: services.tokens, logger });
    return {
      url: publicUrl(),
      signedInBefore: await database.signIns.hasAny(),
      stop: async () => {
        const late = setTimeout(() => server.server.closeAllConnections(), STOP_WITHIN_MS);
        await server.close();
        clearTimeout(late);
        stopWork();
        await usage.flush();
        await database.close();
      },
    };
  } catch (error) {
    await server.close();
    await database.close();
    throw error;
  }
}

interface Foundation {
  readonly config: Config;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly database: Database;
  readonly usage: UsageRecorder;
}

type Services = ReturnType<typeof buildServices>;

function buildServices({ config, keyRing, clock, database, usage }: Foundation) {
  const { connections } = database;
  const lookup = new TokenLookup(database.tokens, keyRing, clock);
  const tokens = new TokenService({ database, lookup, keyRing, clock });
  const organizations = new OrganizationDirectory(config.organizations);
  return {
    organizations,
    connections: new ConnectionService({ database, keyRing, usage, clock }),
    credentials: new CredentialService({ connections, tokens: lookup, organizations, keyRing, usage, clock }),
    tokens,
    introspection: new IntrospectionService({ tokens: lookup, usage, clock }),
    bearers: new BearerService({ connections, tokens, lookup, clock }),
    audit: new AuditService(database.audit),
  };
}

async function registerTransports(
  server: FastifyInstance,
  parts: Services & Omit<Foundation, 'usage'> & { readonly logger: Logger; readonly publicUrl: () => string },
): Promise<void> {
  const { config, keyRing, clock, logger, database, publicUrl, organizations } = parts;
  const bearers = new AdminBearers(keyRing, clock);
  const links = new SignInLinks(keyRing, clock);
  const signIns = new SignInService({ links, bearers, database, organizations, clock });
  registerHealthRoutes(server, () => database.ping());
  registerCompatibleRoutes(server, parts);
  registerStandardRoutes(server, parts, () => describeAuthorizationServer(publicUrl()));
  registerSignInRoute(server, {
    path: SIGN_IN_PATH,
    redeem: (code) => signIns.redeem(code),
    sandboxPath: config.sandbox ? GRAPHQL_PATH : undefined,
  });
  const resolvers = [
    new OrganizationResolver(organizations, parts.connections),
    new ConnectionResolver(parts.connections, organizations),
    new TokenResolver(parts),
    new ConnectionTokensResolver(parts.tokens),
    new AuditResolver(parts.audit),
  ];
  await registerGraphql(server, {
    schema: await buildServedSchema(resolvers, organizations),
    authenticate: createAuthenticate(parts.credentials, bearers, organizations),
    loaderServices: parts,
    sandbox: config.sandbox,
    corsOrigins: config.corsOrigins,
    logger,
  });
}

/** Starts what is done beside the requests; call the result to end it. A failure is logged and tried again next time. */
function startBackgroundWork(parts: { usage: UsageRecorder; tokens: TokenService; logger: Logger }): () => void {
  const { usage, tokens, logger } = parts;
  const every = (ms: number, name: string, work: () => Promise<unknown>) =>
    setInterval(() => {
      work().catch((error: unknown) => logger.error(`${name} failed`, { detail: describeError(error) }));
    }, ms);
  const timers = [
    every(USAGE_FLUSH_MS, 'writing last uses', () => usage.flush()),
    every(SWEEP_MS, 'sweeping expired tokens', async () => {
      // Requests go between the slices.
      while (await tokens.sweepExpired()) await setImmediate();
    }),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** The URL to reach the listener under; where it listens on every address, that of this machine to itself. */
function addressOf(server: FastifyInstance): string {
  const { address, family, port } = server.server.address() as AddressInfo;
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`;
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
}
