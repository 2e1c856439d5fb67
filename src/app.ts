import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { startBackgroundWork } from './background-work.js';
import { baseUrl } from './base-url.js';
import type { Config } from './config.js';
import type { Database } from './domain/database/database.js';
import { sweepUsedOnce } from './domain/database/used-once.sweep.js';
import { describeFault } from './domain/described-fault.js';
import type { CallCounter } from './domain/limits/call.counter.js';
import { UsageRecorder } from './domain/usage/usage.recorder.js';
import { type Clock, systemClock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';
import type { Logger } from './lib/logger.js';
import { openMetrics } from './metrics.js';
import { openOperatorSocket } from './operator.socket.js';
import { TenantClient } from './outbound/tenant.client.js';
import { rotateKeys } from './rotate-keys.js';
import { type RouteParts, registerRoutes } from './routes.js';
import { buildServices, type Services } from './services.js';
import { openDatabase } from './storage.js';
import { MemoryCallCounter } from './stores/memory/call-counter.memory.js';
import type { StreamTimes } from './transports/graphql/open-streams.js';
import { FrontDoor } from './transports/http/front-door.js';
import { createHttpServer, type Lifecycle } from './transports/http/server.js';

/** Time for requests still under way after the drain; orchestrators kill ten seconds or more later. */
const STOP_WITHIN_MS = 5_000;

/** Where the build puts the console: beside the modules, packed or not. */
const CONSOLE_DIRECTORY = join(import.meta.dirname, 'console');

/** A running gateway. */
export interface App {
  /** The URL for clients: LATCHKEY_PUBLIC_URL, else the address that the gateway listens on. */
  readonly url: string;
  /** Whether anybody ever signed in by a link. */
  readonly signedInBefore: boolean;
  /** Once: serves on as unready for the drain, finishes requests, writes what is pending, closes everything. */
  stop(): Promise<void>;
}

interface AppParts {
  readonly config: Config;
  readonly keyRing: KeyRing;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** By default as the product has them. */
  readonly streamTimes?: StreamTimes | undefined;
  /** Where a build left the console. */
  readonly consoleDirectory?: string | undefined;
}

/** The composition root: opens the stores, builds the services and the transports, and listens. */
export async function startApp(parts: AppParts): Promise<App> {
  const { config, keyRing, logger, clock = systemClock, streamTimes, consoleDirectory = CONSOLE_DIRECTORY } = parts;
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
  if (database.copyTo !== undefined) {
    opened.defer(await openOperatorSocket(config.dataDirectory, database.copyTo, logger));
  }
  const lifecycle: Lifecycle = { isDraining: false };
  const routed = { ...services, config, keyRing, clock, logger, database, lifecycle, streamTimes, consoleDirectory };
  const listening = await listen(opened, routed);
  const signedInBefore = await database.signIns.hasAny();
  const running = opened.move();
  const stop = async () => {
    lifecycle.isDraining = true;
    await setTimeout(config.drainMs);
    await running.disposeAsync();
  };
  return { url: listening.url, signedInBefore, stop: once(stop) };
}

/** Every call shares the first one's promise. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

/** Serves the routes, and metrics where they are on. */
async function listen(
  opened: AsyncDisposableStack,
  parts: Services & Omit<RouteParts, 'publicUrl' | 'metrics' | 'frontDoor'>,
): Promise<{ readonly url: string }> {
  const { config, logger, lifecycle } = parts;
  const { observation } = config;
  const { traces } = observation;
  const metrics = await openMetrics(observation.metrics, parts);
  if (metrics !== undefined) opened.defer(() => metrics.close());
  const tracing = traces === undefined ? undefined : (await import('./tracing.js')).openTracing(traces);
  if (tracing !== undefined) opened.defer(() => tracing.close());
  const frontDoor = new FrontDoor();
  const server = createHttpServer(logger, lifecycle, {
    frontDoor,
    beginTrace: tracing?.begin,
    trustedProxies: config.trustedProxies,
    logsRequests: observation.logsRequests,
    observers: metrics === undefined ? [] : [(finished) => metrics.registry.observeRequest(finished)],
  });
  opened.defer(() => closeServer(server));
  let known: string | undefined;
  const publicUrl = () => {
    known ??= baseUrl(config, portOf(server));
    return known;
  };
  await registerRoutes(server, { ...parts, frontDoor, publicUrl, metrics });
  await metrics?.listen();
  await server.listen({ host: config.host, port: config.port });
  return { url: publicUrl() };
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

function portOf(server: FastifyInstance): number {
  return (server.server.address() as AddressInfo).port;
}
