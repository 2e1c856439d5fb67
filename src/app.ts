import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { startBackgroundWork } from './background-work.js';
import { baseUrl } from './base-url.js';
import type { Config } from './config.js';
import { createAuthenticate } from './domain/credentials/authenticate.js';
import type { ProvenClient } from './domain/credentials/credential.service.js';
import type { Database } from './domain/database/database.js';
import { sweepUsedOnce } from './domain/database/used-once.sweep.js';
import { describeFault } from './domain/described-fault.js';
import type { CallCounter } from './domain/limits/call.counter.js';
import { AdminTokens } from './domain/sign-in/admin-tokens.js';
import { SIGN_IN_PATH, SignInLinks, SignInService } from './domain/sign-in/sign-in.service.js';
import { UsageRecorder } from './domain/usage/usage.recorder.js';
import { openIdentityProvider } from './identity-provider.js';
import { type Clock, systemClock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';
import type { Logger } from './lib/logger.js';
import { TenantClient } from './outbound/tenant.client.js';
import { tenantSockets } from './outbound/tenant-sockets.js';
import { rotateKeys } from './rotate-keys.js';
import { buildServices, type Services } from './services.js';
import { openDatabase } from './storage.js';
import { MemoryCallCounter } from './stores/memory/call-counter.memory.js';
import { AuditResolver } from './transports/graphql/audit.resolver.js';
import { ConnectionResolver } from './transports/graphql/connection.resolver.js';
import { ConnectionSecretResolver } from './transports/graphql/connection-secret.resolver.js';
import { OrganizationResolver } from './transports/graphql/organization.resolver.js';
import { buildServedSchema } from './transports/graphql/schema.js';
import { GRAPHQL_PATH, registerGraphql } from './transports/graphql/server.js';
import { ConnectionTokensResolver, TokenResolver } from './transports/graphql/token.resolver.js';
import { registerHealthRoutes } from './transports/http/health.route.js';
import { registerMetricsRoute } from './transports/http/metrics.route.js';
import { createHttpServer, type Lifecycle } from './transports/http/server.js';
import { registerSignInRoute } from './transports/pages/sign-in.route.js';
import type { PassThroughServices } from './transports/pass-through/pass-through.route.js';
import { registerAuthorizeRoute } from './transports/rest/authorize.route.js';
import { registerCompatibleRoutes } from './transports/rest/compatible.route.js';
import { registerMetadataRoutes } from './transports/rest/metadata.route.js';
import { RequestMemory } from './transports/rest/request-memory.js';
import { registerStandardRoutes } from './transports/rest/standard.route.js';

/** How many proven Authorization headers of machines are remembered. */
const PROVEN_HEADERS_MAX = 10_000;
/** Time for requests still under way after the drain; orchestrators kill ten seconds or more later. */
const STOP_WITHIN_MS = 5_000;

/** A running gateway. */
export interface App {
  /** The URL for clients: LATCHKEY_PUBLIC_URL, else the address that the gateway listens on. */
  readonly url: string;
  /** Whether anybody ever signed in by a link. */
  readonly signedInBefore: boolean;
  /** Once: serves on as unready for the drain, finishes requests, writes what is pending, closes everything. */
  stop(): Promise<void>;
}

/** The composition root: opens the stores, builds the services and the transports, and listens. */
export async function startApp(parts: {
  config: Config;
  keyRing: KeyRing;
  logger: Logger;
  clock?: Clock;
}): Promise<App> {
  const { config, keyRing, logger, clock = systemClock } = parts;
  // Closes in the reverse order of opening, at a stop or a failed start.
  await using opened = new AsyncDisposableStack();
  const database = await openDatabase({ config, keyRing, clock, logger });
  opened.defer(() => database.close());
  if (config.servers !== undefined) sayHowManyMayStart(database, logger);
  const tenants = new TenantClient({ clock, allowLoopback: config.allowLoopbackTenants });
  opened.defer(() => tenants.close());
  await database.organizations.save(config.organizations);
  // Replicas rotate by a command, once every replica has the new key.
  if (config.servers?.redis === undefined) await rotateKeys(database, keyRing);
  const usage = new UsageRecorder(database.usage);
  const services = buildServices({
    database,
    keyRing,
    clock,
    usage,
    tenants,
    organizations: config.organizations,
    limits: config.limits,
    callsAlone: new MemoryCallCounter(clock),
    revocationBoundMs: config.revocationBoundMs,
    jitter: Math.random(),
  });
  const calls = database.calls;
  opened.defer(() => keepPending({ usage, calls, logger }));
  const { tokens } = services;
  opened.defer(
    startBackgroundWork({ usage, calls, tokens, sweepUsedOnce: () => sweepUsedOnce(database, clock), logger }),
  );
  const lifecycle: Lifecycle = { isDraining: false };
  const server = createHttpServer(logger, lifecycle, config.trustedProxies);
  opened.defer(() => closeServer(server));
  let known: string | undefined;
  const publicUrl = () => {
    known ??= baseUrl(config, portOf(server));
    return known;
  };
  await registerTransports(server, { ...services, config, keyRing, clock, logger, database, publicUrl, lifecycle });
  await server.listen({ host: config.host, port: config.port });
  const signedInBefore = await database.signIns.hasAny();
  const url = publicUrl();
  const running = opened.move();
  const stop = async () => {
    lifecycle.isDraining = true;
    await setTimeout(config.drainMs);
    await running.disposeAsync();
  };
  let stopping: Promise<void> | undefined;
  return {
    url,
    signedInBefore,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** The operator of a shared database should know before the second gateway starts. */
function sayHowManyMayStart({ gateways }: Database, logger: Logger): void {
  if (gateways === 'one') logger.info('one gateway may use this database: set REDIS_URL before you start another');
}

async function closeServer(server: FastifyInstance): Promise<void> {
  const late = globalThis.setTimeout(() => server.server.closeAllConnections(), STOP_WITHIN_MS);
  await server.close();
  clearTimeout(late);
}

/** Writes pending uses and counts. A dependency that is down must not make a stop look like a crash. */
async function keepPending({ usage, calls, logger }: Pending): Promise<void> {
  for (const kept of await Promise.allSettled([usage.flush(), calls.keep()])) {
    if (kept.status === 'rejected') logger.warn('not all was kept', describeFault(kept.reason));
  }
}

interface Pending {
  readonly usage: UsageRecorder;
  readonly calls: CallCounter;
  readonly logger: Logger;
}

/** What the transports need besides the services. */
interface TransportParts {
  readonly config: Config;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly database: Database;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly publicUrl: () => string;
}

async function registerTransports(server: FastifyInstance, parts: Services & TransportParts): Promise<void> {
  const { config, keyRing, clock, logger, database, publicUrl, lifecycle } = parts;
  const { organizations, credentials, machines, limits, tokens, sharedTokens, connections, secrets, audit } = parts;
  const adminTokens = new AdminTokens(keyRing, clock);
  const links = new SignInLinks(keyRing, clock);
  const signIns = new SignInService({ links, adminTokens, changing: database, organizations, clock });
  registerMetricsRoute(server, limits);
  registerHealthRoutes(server, { database, limits, lifecycle });
  const authenticate = createAuthenticate(credentials, adminTokens, organizations);
  const provenHeaders = new RequestMemory<ProvenClient>(PROVEN_HEADERS_MAX);
  const rest = { credentials, authenticate, machines, limits, provenHeaders, logger };
  registerCompatibleRoutes(server, rest);
  await registerStandardRoutes(server, rest, publicUrl);
  registerMetadataRoutes(server, publicUrl, config.publicUrl === undefined ? '' : pathOf(config.publicUrl));
  registerAuthorizeRoute(server, { authenticate, limits, logger });
  await registerUpstream(server, { config, authenticate, limits, upstream: parts.upstream, logger });
  registerSignInRoute(server, {
    path: SIGN_IN_PATH,
    signIns,
    graphqlUrl: () => `${publicUrl()}${GRAPHQL_PATH}`,
    sandbox: config.sandbox,
  });
  const resolvers = [
    new OrganizationResolver({ organizations, limits, clock }),
    new ConnectionResolver({ connections, organizations }),
    new ConnectionSecretResolver({ secrets, organizations }),
    new TokenResolver({ machines, sharedTokens, organizations, clock }),
    new ConnectionTokensResolver(tokens),
    new AuditResolver(audit),
  ];
  // Users of the identity provider call over GraphQL alone.
  const authenticateUser = await openIdentityProvider(config.identityProvider, parts);
  await registerGraphql(server, {
    schema: await buildServedSchema(resolvers, organizations),
    authenticate: createAuthenticate(credentials, adminTokens, organizations, authenticateUser),
    limits,
    loaderServices: { connections, machines },
    trustedDocuments: config.trustedDocuments,
    sandbox: config.sandbox,
    corsOrigins: config.corsOrigins,
    logger,
  });
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

function portOf(server: FastifyInstance): number {
  return (server.server.address() as AddressInfo).port;
}
