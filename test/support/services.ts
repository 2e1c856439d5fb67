import { type Client, SECRET_KIND_OF } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import type { Organization } from '../../src/domain/organizations/organization.js';
import { type Principal, userOf } from '../../src/domain/principal.js';
import { Refusal } from '../../src/domain/refusal.js';
import { UsageRecorder } from '../../src/domain/usage/usage.recorder.js';
import type { Clock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { generateSecret, type Secret } from '../../src/lib/secrets.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { buildServices } from '../../src/services.js';
import { MemoryCallCounter } from '../../src/stores/memory/call-counter.memory.js';
import { openTestDatabase } from './embedded-database.js';
import { TestClock } from './test-clock.js';

export const ORGANIZATIONS: Organization[] = [
  { id: 'default', issuer: 'LOCAL' },
  { id: 'other', issuer: 'LOCAL' },
];

/** The pairs that the runs of a property test make for themselves: `a-1` and `b-1`, `a-2` and `b-2`, … */
const ORGANIZATIONS_OF_RUNS: Organization[] = Array.from({ length: 500 }, (_, index) => index + 1).flatMap((run) => [
  { id: `a-${run}`, issuer: 'LOCAL' },
  { id: `b-${run}`, issuer: 'LOCAL' },
]);

/** The services of a database, by the clock and the keys of a test. */
export function buildTestServices(parts: { database: Database; keyRing: KeyRing; clock: Clock }) {
  const { database, keyRing, clock } = parts;
  const usage = new UsageRecorder(database.usage);
  const services = buildServices({
    ...parts,
    usage,
    tenants: new TenantClient({ clock, allowLoopback: true }),
    organizations: [...ORGANIZATIONS, ...ORGANIZATIONS_OF_RUNS],
    limits: undefined,
    callsAlone: new MemoryCallCounter(clock),
    revocationBoundMs: 200,
    jitter: 0.5,
  });
  return { ...services, database, keyRing, usage };
}

export type Services = ReturnType<typeof buildTestServices>;

export interface TestServices extends Services, AsyncDisposable {
  readonly clock: TestClock;
  /** The text of the key ring, for a restart with another key beside it. */
  readonly keys: string;
}

/** The services on a database of their own, with two organisations, after the SQL statements of `prepare`. */
export async function openServices(...prepare: readonly string[]): Promise<TestServices> {
  const opened = await openTestDatabase(...prepare);
  const clock = new TestClock();
  const { database } = opened;
  await database.organizations.save(ORGANIZATIONS);
  const keys = KeyRing.generate();
  const services = buildTestServices({ database, keyRing: KeyRing.parse(keys), clock });
  return { ...services, clock, keys, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** Super admins of the two organisations. */
export const SUPER_ADMIN: Principal = userOf('SUPER_ADMIN', 'tester', 'default');
export const FOREIGN_SUPER_ADMIN: Principal = userOf('SUPER_ADMIN', 'tester', 'other');

/** What was returned, where it is no refusal. */
export function accepted<T>(outcome: T | Refusal): T {
  if (outcome instanceof Refusal) throw new Error(`refused: ${outcome.code} ${outcome.message}`);
  return outcome;
}

/** What is asked for by a create of an OAuth connection of this name. */
export function createRequest(name: string, given: { authenticationType?: string; idempotencyKey?: string } = {}) {
  return {
    name,
    connector: 'GAINSIGHT_API',
    authenticationType: 'OAUTH',
    clientId: undefined,
    clientSecret: undefined,
    accessKey: undefined,
    idempotencyKey: undefined,
    ...given,
  };
}

export interface CreatedConnection {
  /** Of an access key, without the client id. */
  readonly connection: Client;
  readonly clientId: string;
  readonly secret: Secret;
}

let named = 0;

/** A new connection with its secret. */
export async function createConnection(
  services: Services,
  authenticationType: keyof typeof SECRET_KIND_OF = 'OAUTH',
  principal: Principal = SUPER_ADMIN,
): Promise<CreatedConnection> {
  const request = createRequest(`connection ${++named}`, { authenticationType });
  const { connection, secret } = accepted(await services.connections.create(principal, request));
  if (secret === undefined) throw new Error('no secret');
  return { connection: connection as Client, clientId: connection.clientId ?? '', secret };
}

/** A well-formed secret of the kind that nobody was given. */
export function unknownSecret(authenticationType: keyof typeof SECRET_KIND_OF = 'OAUTH'): Secret {
  return generateSecret(SECRET_KIND_OF[authenticationType]);
}

/** All audit events of an organisation, oldest first. */
export async function auditEvents(services: Services, principal: Principal = SUPER_ADMIN) {
  const { entries } = await services.audit.list(principal, { first: 100, after: undefined });
  return entries.map(({ node }) => node).reverse();
}

/** The code of the DomainError that an attempt ends with, or what became of it instead. */
export async function errorCodeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
