import { z } from 'zod';
import { ConfigError } from './config.error.js';
import { cidrs, flag, origins, port, publicUrl, redisAddress, wholeNumber } from './config.fields.js';
import {
  type IdentityProviderConfig,
  identityProviderSettings,
  readIdentityProvider,
} from './config.identity-provider.js';
import { type ObservationConfig, observationSettings, readObservation } from './config.observation.js';
import { readTrustedDocumentsConfig, trustedDocumentsSettings } from './config.trusted-documents.js';
import {
  CALLS_PER_DAY_MAX,
  CALLS_PER_MINUTE_MAX,
  DAY_WINDOWS,
  type Limits,
  type Quota,
} from './domain/limits/quota.js';
import type { Organization } from './domain/organizations/organization.js';
import { LOG_LEVELS, type LogLevel } from './lib/logger.js';
import { Secret } from './lib/secrets.js';
import { type ConfiguredOrganization, readOrganizations } from './organizations.file.js';
import type { RedisAddress } from './stores/redis/address.js';
import type { DocumentTrust } from './transports/graphql/trusted-documents.js';

/** The settings, all checked at the start and fixed afterwards. Nothing else reads the environment. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The gateway's URL for clients; undefined: the address that it listens on. */
  readonly publicUrl: string | undefined;
  readonly dataDirectory: string;
  /** The key ring's text, or the file that holds it; neither: `keys` in the data directory. */
  readonly keys: { readonly text: Secret | undefined; readonly file: string | undefined };
  /** The servers that keep the state; undefined: one process keeps all state in the data directory. */
  readonly servers: ServersConfig | undefined;
  /** How long the process serves on after a stop signal, for proxies to see that it is unready. */
  readonly drainMs: number;
  /** Canonical CIDRs of the proxies whose forwarded headers the gateway trusts. */
  readonly trustedProxies: readonly string[];
  readonly organizations: readonly Organization[];
  /** Whether a tenant may be on this machine, as in development. */
  readonly allowLoopbackTenants: boolean;
  /** How long a revocation may take to take effect everywhere. */
  readonly revocationBoundMs: number;
  /** How many tokens stay in memory, to save asking a store. */
  readonly rememberedTokens: number;
  /** Undefined: calls are unlimited. */
  readonly limits: Limits | undefined;
  /** Who signs people in besides the gateway itself; undefined: nobody. */
  readonly identityProvider: IdentityProviderConfig | undefined;
  readonly trustedDocuments: DocumentTrust;
  readonly queryPlans: boolean;
  readonly sandbox: boolean;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly observation: ObservationConfig;
}

export interface ServersConfig {
  /** Secret, since the URL holds a password. */
  readonly databaseUrl: Secret;
  /** The most connections of a replica to PostgreSQL. */
  readonly databaseConnections: number;
  /** What replicas share; undefined: one gateway has the database for itself. */
  readonly redis: RedisAddress | undefined;
  /** Redis's time to answer; a PostgreSQL statement may take two and a half times that. */
  readonly deadlineMs: number;
  /** How many replicas share the rest of a quota while Redis is gone; undefined: they refuse calls. */
  readonly sharedByReplicas: number | undefined;
}

/** Longer than the interval of common proxies' health checks. */
const REPLICA_DRAIN_MS = 3_000;
/** The pages of Apollo's hosted Sandbox, which call the gateway from the browser. */
const SANDBOX_ORIGINS = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(4000),
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be postgres://user:password@host:5432/database' })
    .optional(),
  // Twenty replicas, and a migrating one, stay below PostgreSQL's default of 100.
  LATCHKEY_DATABASE_CONNECTIONS: wholeNumber('', 1, 100).default(4),
  REDIS_URL: redisAddress.optional(),
  LATCHKEY_STORE_DEADLINE_MS: wholeNumber(' of milliseconds', 100, 60_000).default(600),
  LATCHKEY_REVOCATION_BOUND_MS: wholeNumber(' of milliseconds', 50, 60_000).default(200),
  LATCHKEY_REMEMBERED_TOKENS: wholeNumber('', 0, 1_000_000).default(50_000),
  LATCHKEY_DRAIN_MS: wholeNumber(' of milliseconds', 0, 60_000).optional(),
  LATCHKEY_TRUSTED_PROXIES: cidrs.default([]),
  LATCHKEY_LIMITS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  LATCHKEY_CALLS_PER_MINUTE: wholeNumber(' of calls', 1, CALLS_PER_MINUTE_MAX).default(100),
  LATCHKEY_CALLS_PER_DAY: wholeNumber(' of calls', 1, CALLS_PER_DAY_MAX).default(50_000),
  LATCHKEY_DAY_WINDOW: z.enum(DAY_WINDOWS, `must be ${DAY_WINDOWS.join(' or ')}`).default('rolling'),
  LATCHKEY_MANAGEMENT_PER_MINUTE: wholeNumber(' of operations', 1, 100_000).default(300),
  LATCHKEY_LIMITS_WITHOUT_REDIS: z.enum(['closed', 'share'], 'must be closed or share').default('closed'),
  LATCHKEY_REPLICAS_MAX: wholeNumber(' of replicas', 1, 1_000).optional(),
  LATCHKEY_PUBLIC_URL: publicUrl.optional(),
  LATCHKEY_DATA_DIR: z.string().default('./data'),
  LATCHKEY_KEYS: z
    .string()
    .transform((text) => new Secret(text))
    .optional(),
  LATCHKEY_KEYS_FILE: z.string().optional(),
  LATCHKEY_ORGANIZATIONS: z.string().optional(),
  ...identityProviderSettings,
  ...trustedDocumentsSettings,
  LATCHKEY_QUERY_PLANS: flag.default(true),
  LATCHKEY_SANDBOX: flag.optional(),
  LATCHKEY_CORS_ORIGINS: origins.default([]),
  LATCHKEY_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  ...observationSettings,
});

/** The configuration where a command's options take the place of settings. @throws ConfigError */
export function readConfigWith(settings: Readonly<Record<string, string>>): Config {
  return readConfig({ ...process.env, ...settings });
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  // Templates leave unset variables empty.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(toSentence).join('\n'));
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  const sandbox = settings.LATCHKEY_SANDBOX ?? !production;
  const servers = readServers(settings);
  const organizations = readOrganizations(settings.LATCHKEY_ORGANIZATIONS, { allowLoopback: !production });
  return Object.freeze({
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.LATCHKEY_PUBLIC_URL,
    dataDirectory: settings.LATCHKEY_DATA_DIR,
    keys: { text: settings.LATCHKEY_KEYS, file: settings.LATCHKEY_KEYS_FILE },
    servers,
    drainMs: settings.LATCHKEY_DRAIN_MS ?? (servers?.redis === undefined ? 0 : REPLICA_DRAIN_MS),
    trustedProxies: settings.LATCHKEY_TRUSTED_PROXIES,
    organizations: organizations.map(({ organization }) => organization),
    allowLoopbackTenants: !production,
    revocationBoundMs: settings.LATCHKEY_REVOCATION_BOUND_MS,
    rememberedTokens: settings.LATCHKEY_REMEMBERED_TOKENS,
    limits: readLimits(settings, organizations),
    identityProvider: readIdentityProvider(settings, {
      organizations: organizations.length,
      allowLoopback: !production,
    }),
    trustedDocuments: readTrustedDocumentsConfig(settings),
    queryPlans: settings.LATCHKEY_QUERY_PLANS,
    sandbox,
    corsOrigins: [...settings.LATCHKEY_CORS_ORIGINS, ...(production ? [] : SANDBOX_ORIGINS)],
    logLevel: settings.LATCHKEY_LOG_LEVEL,
    observation: readObservation(settings),
  });
}

function readServers(settings: z.output<typeof environment>): ServersConfig | undefined {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redis } = settings;
  if (databaseUrl === undefined) {
    if (redis === undefined) return undefined;
    throw new ConfigError(
      'REDIS_URL needs DATABASE_URL beside it, where everything is that must outlast Redis. Set both, or leave both out.',
    );
  }
  return {
    databaseUrl: new Secret(databaseUrl),
    databaseConnections: settings.LATCHKEY_DATABASE_CONNECTIONS,
    redis,
    deadlineMs: settings.LATCHKEY_STORE_DEADLINE_MS,
    sharedByReplicas: readShares(settings),
  };
}

function readShares(settings: z.output<typeof environment>): number | undefined {
  if (settings.LATCHKEY_LIMITS_WITHOUT_REDIS === 'closed') return undefined;
  if (settings.LATCHKEY_REPLICAS_MAX !== undefined) return settings.LATCHKEY_REPLICAS_MAX;
  throw new ConfigError(
    'LATCHKEY_LIMITS_WITHOUT_REDIS=share needs LATCHKEY_REPLICAS_MAX: how many replicas there are at most.',
  );
}

function readLimits(
  settings: z.output<typeof environment>,
  organizations: readonly ConfiguredOrganization[],
): Limits | undefined {
  if (settings.LATCHKEY_LIMITS === 'off') return undefined;
  const { LATCHKEY_CALLS_PER_MINUTE, LATCHKEY_CALLS_PER_DAY, LATCHKEY_DAY_WINDOW: dayWindow } = settings;
  const quotas = new Map<string, Quota>();
  for (const { organization, callsPerMinute, callsPerDay } of organizations) {
    const { id } = organization;
    const perMinute = callsPerMinute ?? LATCHKEY_CALLS_PER_MINUTE;
    if (perMinute < (readShares(settings) ?? 0)) {
      throw new ConfigError(
        `LATCHKEY_REPLICAS_MAX is more than the ${perMinute} calls a minute of the organisation ${id}: nothing is left for a replica to share out.`,
      );
    }
    quotas.set(id, { perMinute, perDay: callsPerDay ?? LATCHKEY_CALLS_PER_DAY, dayWindow });
  }
  return { quotas, managementPerMinute: settings.LATCHKEY_MANAGEMENT_PER_MINUTE };
}

function toSentence({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} ${message}.`;
}
