import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import { createAuthenticate, type UserProofs } from './domain/credentials/authenticate.js';
import type { ProvenClient } from './domain/credentials/credential.service.js';
import type { Database } from './domain/database/database.js';
import { AdminTokens } from './domain/sign-in/admin-tokens.js';
import { SessionService } from './domain/sign-in/session.service.js';
import { SIGN_IN_PATH, SignInLinks, SignInService } from './domain/sign-in/sign-in.service.js';
import { openIdentityProvider } from './identity-provider.js';
import type { Clock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';
import type { Logger } from './lib/logger.js';
import type { OpenMetrics } from './metrics.js';
import { tenantSockets } from './outbound/tenant-sockets.js';
import type { Services } from './services.js';
import type { StreamTimes } from './transports/graphql/open-streams.js';
import { buildServedSchema } from './transports/graphql/schema.js';
import { registerGraphql } from './transports/graphql/server.js';
import type { DocumentTrust } from './transports/graphql/trusted-documents.js';
import type { FrontDoor } from './transports/http/front-door.js';
import { registerHealthRoutes } from './transports/http/health.route.js';
import type { Lifecycle } from './transports/http/server.js';
import { SessionCookie } from './transports/http/session-cookie.js';
import { isConsole, registerConsole } from './transports/pages/console.route.js';
import { registerSignInRoute } from './transports/pages/sign-in.route.js';
import { registerSignOutRoutes } from './transports/pages/sign-out.route.js';
import type { PassThroughServices } from './transports/pass-through/pass-through.route.js';
import { registerAuthorizeRoute } from './transports/rest/authorize.route.js';
import { registerCompatibleRoutes } from './transports/rest/compatible.route.js';
import { registerMetadataRoutes } from './transports/rest/metadata.route.js';
import { RequestMemory } from './transports/rest/request-memory.js';
import { registerStandardRoutes } from './transports/rest/standard.route.js';
import { readTrustedDocuments } from './trusted-documents.file.js';

/** How many proven Authorization headers of machines are remembered. */
const PROVEN_HEADERS_MAX = 10_000;

/** What the routes need besides the services. */
export interface RouteParts {
  readonly config: Config;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly database: Database;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly frontDoor: FrontDoor;
  readonly publicUrl: () => string;
  readonly metrics: OpenMetrics | undefined;
  /** Undefined: as the product has them. */
  readonly streamTimes: StreamTimes | undefined;
  /** Where the build left the console. From the sources alone there is none. */
  readonly consoleDirectory: string;
}

/** Registers the routes of all transports. */
export async function registerRoutes(server: FastifyInstance, parts: Services & RouteParts): Promise<void> {
  const { config, keyRing, clock, logger, database, publicUrl, lifecycle, metrics } = parts;
  const { organizations, credentials, machines, limits, connections } = parts;
  const adminTokens = new AdminTokens(keyRing, clock);
  const links = new SignInLinks(keyRing, clock);
  const sessions = new SessionService({ sessions: database.sessions, changing: database, keyRing, clock });
  const signIns = new SignInService({ links, sessions, changing: database, organizations, clock });
  const cookie = new SessionCookie(publicUrl);
  registerHealthRoutes(server, { database, limits, lifecycle });
  const authenticate = createAuthenticate(credentials, adminTokens, organizations);
  const provenHeaders = new RequestMemory<ProvenClient>(PROVEN_HEADERS_MAX);
  const rest = { credentials, authenticate, machines, limits, provenHeaders, frontDoor: parts.frontDoor, logger };
  registerCompatibleRoutes(server, rest);
  await registerStandardRoutes(server, rest, publicUrl);
  registerMetadataRoutes(server, publicUrl, config.publicUrl === undefined ? '' : pathOf(config.publicUrl));
  registerAuthorizeRoute(server, { authenticate, limits, logger });
  await registerUpstream(server, { config, authenticate, limits, upstream: parts.upstream, logger });
  registerSignInRoute(server, { path: SIGN_IN_PATH, signIns, cookie });
  registerSignOutRoutes(server, { sessions, cookie });
  const { consoleDirectory: directory } = parts;
  if (isConsole(directory)) registerConsole(server, { directory, publicUrl });
  // Users of the identity provider, and of the console, call over GraphQL alone.
  const authenticateUser = await openIdentityProvider(config.identityProvider, parts);
  const authenticateBy = (authenticateSession: NonNullable<UserProofs['authenticateSession']>) =>
    createAuthenticate(credentials, adminTokens, organizations, { authenticateUser, authenticateSession });
  await registerGraphql(server, {
    schema: await buildServedSchema(parts),
    authenticate: authenticateBy((session) => sessions.authenticate(session)),
    authenticateAgain: authenticateBy((session) => sessions.verify(session)),
    limits,
    loaderServices: { connections, machines },
    trustedDocuments: withConsole(config.trustedDocuments, directory),
    countError: metrics && ((code) => metrics.registry.countGraphqlError(code)),
    plansQueries: config.queryPlans,
    sandbox: config.sandbox,
    corsOrigins: config.corsOrigins,
    sessionCookie: cookie,
    connectionFeed: parts.connectionFeed,
    streamTimes: parts.streamTimes,
    clock,
    logger,
  });
}

/** The console's documents run wherever registered ones alone do. */
function withConsole(trust: DocumentTrust, directory: string): DocumentTrust {
  if (trust.mode === 'off' || !isConsole(directory)) return trust;
  const ofConsole = readTrustedDocuments(join(directory, 'documents'));
  return { ...trust, documents: new Map([...trust.documents, ...ofConsole]) };
}

/** Passes calls through to tenants' APIs, where any organisation has a tenant. */
async function registerUpstream(
  server: FastifyInstance,
  { config, ...services }: { readonly config: Config } & Omit<PassThroughServices, 'sockets'>,
): Promise<void> {
  const { organizations, allowLoopbackTenants: allowLoopback } = config;
  const tenantUrls = organizations.flatMap((each) => (each.issuer === 'UPSTREAM' ? each.tenantUrl : []));
  if (tenantUrls.length === 0) return;
  // Loaded only here: the module is a tenth of what a start loads.
  const { registerPassThrough } = await import('./transports/pass-through/pass-through.route.js');
  await registerPassThrough(server, { ...services, sockets: tenantSockets(tenantUrls, { allowLoopback }) });
}

/** The path of a URL, without a slash at its end. */
function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '');
}
