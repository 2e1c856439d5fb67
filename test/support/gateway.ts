import { type App, startApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import type { ObservationConfig } from '../../src/config.observation.js';
import type { Role } from '../../src/domain/principal.js';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { type Clock, systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger, type Logger } from '../../src/lib/logger.js';
import type { StreamTimes } from '../../src/transports/graphql/open-streams.js';
import { createGraphqlClient, type GraphqlClient } from './graphql-client.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** The whole gateway in this process, on a real database and a real port. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly app: App;
  readonly keyRing: KeyRing;
  /** A bearer of a user. */
  bearer(role?: Exclude<Role, 'MACHINE'>, organizationId?: string): string;
  /** A GraphQL client that sends `headers`, by default a super admin's bearer. */
  client(headers?: Record<string, string>): GraphqlClient;
}

export interface TestGatewayOptions {
  readonly config?: Partial<Config>;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly keyRing?: KeyRing;
  readonly streamTimes?: StreamTimes;
  /** Where a build left the console; the sources alone have none. */
  readonly consoleDirectory?: string;
}

const HOUR_MS = 3_600_000;

/** What a gateway lets operators see: nothing besides. */
export function observing(seen: Partial<ObservationConfig>): ObservationConfig {
  return { logsRequests: false, metrics: undefined, traces: undefined, ...seen };
}

/** Two organisations, `default` and `other`; stops by itself at the end of the scope that holds it. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const directory = await createTemporaryDirectory();
  const clock = options.clock ?? systemClock;
  const keyRing = options.keyRing ?? KeyRing.parse(KeyRing.generate());
  const config: Config = {
    host: '127.0.0.1',
    port: 0,
    publicUrl: undefined,
    dataDirectory: directory.path,
    keys: { text: undefined, file: undefined },
    servers: undefined,
    drainMs: 0,
    trustedProxies: [],
    organizations: [
      { id: 'default', issuer: 'LOCAL' },
      { id: 'other', issuer: 'LOCAL' },
    ],
    // Tests of other things call as often as they like.
    limits: undefined,
    allowLoopbackTenants: true,
    revocationBoundMs: 200,
    rememberedTokens: 1_000,
    identityProvider: undefined,
    trustedDocuments: { mode: 'off', documents: new Map(), routerSecrets: [] },
    queryPlans: true,
    sandbox: true,
    corsOrigins: [],
    logLevel: 'error',
    observation: observing({}),
    ...options.config,
  };
  const { logger = createLogger('error'), streamTimes, consoleDirectory } = options;
  const app = await startApp({ config, keyRing, clock, logger, streamTimes, consoleDirectory });
  const bearers = new AdminTokens(keyRing, clock);
  const bearer = (role: Exclude<Role, 'MACHINE'> = 'SUPER_ADMIN', organizationId = 'default') =>
    bearers.issue({ subject: 'tester', role, organizationId, lifetimeMs: HOUR_MS }).reveal();
  return {
    url: app.url,
    app,
    keyRing,
    bearer,
    client: (headers = { authorization: `Bearer ${bearer()}` }) => createGraphqlClient(app.url, headers),
    [Symbol.asyncDispose]: async () => {
      await app.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}
