import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ISSUERS, type Organization } from './domain/organizations/organization.js';
import { KeyRing, KeyRingError } from './lib/key-ring.js';
import { LOG_LEVELS, type LogLevel } from './lib/logger.js';

/** The only reader of the environment. Everything is checked once, at the start, and does not change after. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The URL that clients reach the gateway under; undefined: the address that it listens on. */
  readonly publicUrl: string | undefined;
  readonly dataDirectory: string;
  readonly organizations: readonly Organization[];
  readonly sandbox: boolean;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
}

/** A setting is wrong; the message names it and says what to do. */
export class ConfigError extends Error {}

const DEFAULT_ORGANIZATION: Organization = { id: 'default', issuer: 'LOCAL' };
/** The pages of Apollo's hosted Sandbox, which call the gateway from the browser. */
const SANDBOX_ORIGINS = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];

const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number')
    .default(4000),
  NODE_ENV: z.string().default('development'),
  DATABASE_URL: z
    .undefined('is not supported by this version: it keeps its state in LATCHKEY_DATA_DIR. Unset it')
    .optional(),
  REDIS_URL: z.undefined('is not supported by this version: it runs as one process. Unset it').optional(),
  LATCHKEY_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    // RFC 8414 section 2: an issuer has neither.
    .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  LATCHKEY_DATA_DIR: z.string().default('./data'),
  LATCHKEY_ORGANIZATIONS: z.string().optional(),
  LATCHKEY_SANDBOX: flag.optional(),
  LATCHKEY_CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
    .refine((origins) => origins.every(isOrigin), 'must be origins such as https://app.example.com, comma-separated'),
  LATCHKEY_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

const organizationsFile = z
  .array(
    z.strictObject({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"'),
      issuer: z
        .enum(ISSUERS)
        .refine((issuer) => issuer === 'LOCAL', 'UPSTREAM is not supported by this version: use LOCAL'),
    }),
  )
  .nonempty('must name at least one organisation')
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'must name each organisation once');

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  // An empty setting is one that a template left out.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(toSentence).join('\n'));
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  const sandbox = settings.LATCHKEY_SANDBOX ?? !production;
  return Object.freeze({
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.LATCHKEY_PUBLIC_URL,
    dataDirectory: settings.LATCHKEY_DATA_DIR,
    organizations: readOrganizations(settings.LATCHKEY_ORGANIZATIONS),
    sandbox,
    corsOrigins: [...settings.LATCHKEY_CORS_ORIGINS, ...(production ? [] : SANDBOX_ORIGINS)],
    logLevel: settings.LATCHKEY_LOG_LEVEL,
  });
}

/**
 * The key ring: LATCHKEY_KEYS, or the file that LATCHKEY_KEYS_FILE names, or `keys` in the data directory, which is
 * made, for this user's eyes only, where there is none.
 * @throws ConfigError
 */
export function readKeyRing(dataDirectory: string, env: NodeJS.ProcessEnv = process.env): KeyRing {
  if (env.LATCHKEY_KEYS) return parseKeyRing('LATCHKEY_KEYS', env.LATCHKEY_KEYS);
  const path = env.LATCHKEY_KEYS_FILE || join(dataDirectory, 'keys');
  const source = env.LATCHKEY_KEYS_FILE ? `LATCHKEY_KEYS_FILE: ${path}` : path;
  if (!env.LATCHKEY_KEYS_FILE && !existsSync(path)) makeKeysFile(dataDirectory, path);
  try {
    return parseKeyRing(source, readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${source} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function parseKeyRing(source: string, text: string): KeyRing {
  try {
    return KeyRing.parse(text);
  } catch (error) {
    if (error instanceof KeyRingError) throw new ConfigError(`${source}: ${error.message}`);
    throw error;
  }
}

/** Makes the key ring of a new data directory. One in use is never given another: no secret would be accepted. */
function makeKeysFile(dataDirectory: string, path: string): void {
  if (existsSync(join(dataDirectory, 'latchkey.sqlite'))) {
    throw new ConfigError(
      `${path} is missing, and without its keys nothing in ${dataDirectory} is of use. Put the file back from a backup, or set LATCHKEY_KEYS.`,
    );
  }
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${KeyRing.generate()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process that starts at the same moment was faster: the database's lock decides between the two.
    if (code === 'EEXIST' && existsSync(path)) return;
    throw new ConfigError(
      `The data directory ${dataDirectory} cannot be written (${code}). Make it writable for this user, or set LATCHKEY_DATA_DIR to one that is.`,
    );
  }
}

function readOrganizations(path: string | undefined): readonly Organization[] {
  if (path === undefined) return [DEFAULT_ORGANIZATION];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(error as { code?: string }).code})`;
    throw new ConfigError(`LATCHKEY_ORGANIZATIONS: ${path} ${why}.`);
  }
  const parsed = organizationsFile.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  throw new ConfigError(`LATCHKEY_ORGANIZATIONS: ${path}${place}: ${issue?.message}.`);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function toSentence({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} ${message}.`;
}
