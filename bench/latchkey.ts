import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, type ServerProcess, startServer } from './processes.ts';

const PACKED = 'dist/main.js';
/** The same before it is packed: a profile of it tells packages apart. */
export const UNPACKED = 'build/main.js';

/** A gateway, with the settings that it was started with. */
export interface Latchkey extends ServerProcess {
  readonly env: NodeJS.ProcessEnv;
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** Where others keep the machine busy, an answer is late rather than missing. */
const STORE_DEADLINE_MS = 10_000;

/**
 * Starts the gateway as `npm start` does, at any free port; `settings` say where its state is. It limits nothing unless
 * they say so: a benchmark sends more in a second than an organisation may in a minute.
 */
export async function startLatchkey(
  settings: NodeJS.ProcessEnv,
  name = 'Latchkey',
  script = PACKED,
): Promise<Latchkey> {
  const env = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    LATCHKEY_LIMITS: 'off',
    LATCHKEY_STORE_DEADLINE_MS: String(STORE_DEADLINE_MS),
    ...settings,
  };
  const nodeOptions = settings.REDIS_URL === undefined ? optionsOfNpmStart() : optionsOfContainer();
  return { ...(await startServer(name, script, { env, nodeOptions })), env };
}

/** Makes an OAuth connection as an operator would: a bearer from the command line, a mutation over HTTP. */
export async function createLatchkeyClient(latchkey: Latchkey, name: string): Promise<ClientCredentials> {
  return createClientAs(await bearerOf(latchkey), latchkey, name);
}

/** A super admin's bearer, from the command line. */
export async function bearerOf(latchkey: Latchkey): Promise<string> {
  const { stdout: bearer } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'dist', 'cli.js'), 'admin-token', '--role', 'super-admin'],
    // The command is no part of a profile.
    { env: { PATH: process.env.PATH, ...latchkey.env, NODE_OPTIONS: undefined } },
  );
  return bearer.trim();
}

/** Makes an OAuth connection in the organisation of the super admin whose bearer this is. */
export async function createClientAs(bearer: string, latchkey: Latchkey, name: string): Promise<ClientCredentials> {
  const { clientId, secret } = await createConnection(bearer, latchkey, name, 'OAUTH');
  if (clientId === null) throw new Error(`Latchkey made a connection without a client id: ${name}`);
  return { clientId, secret };
}

/** The mutation of all connections that a benchmark makes: one document, for gateways that run registered ones alone. */
export const CREATE_CONNECTION = `mutation CreateConnection($name: String!, $authenticationType: AuthenticationType!) {
  createConnection(input: { name: $name, authenticationType: $authenticationType }) {
    ... on ConnectionCreated { clientId secret }
  }
}`;

interface CreatedConnection {
  /** Null for an access key. */
  readonly clientId: string | null;
  readonly secret: string;
}

export async function createConnection(
  bearer: string,
  latchkey: Latchkey,
  name: string,
  authenticationType: 'OAUTH' | 'ACCESS_KEY',
): Promise<CreatedConnection> {
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
    body: JSON.stringify({ query: CREATE_CONNECTION, variables: { name, authenticationType } }),
  });
  const answer = (await response.json()) as { data?: { createConnection?: Partial<CreatedConnection> } };
  const { clientId = null, secret } = answer.data?.createConnection ?? {};
  if (!secret) throw new Error(`Latchkey made no connection: ${JSON.stringify(answer)}`);
  return { clientId, secret };
}

/** The words for Node in the Dockerfile, by which replicas run: what is measured is what users run. */
function optionsOfContainer(): string[] {
  const words = /^CMD (\[.*\])$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))?.[1];
  const [command, ...options] = JSON.parse(words ?? '[]') as string[];
  if (command !== 'node' || options.pop() !== PACKED) throw new Error(`The container does not run ${PACKED}: ${words}`);
  return options;
}

/** The words for Node in `npm start`, by which a single process runs. */
function optionsOfNpmStart(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const [, options] = /\bnode (.*)dist\/main\.js$/.exec(scripts.start) ?? [];
  if (options === undefined) throw new Error(`"npm start" does not run ${PACKED}: ${scripts.start}`);
  return options.split(' ').filter((word) => word !== '');
}
