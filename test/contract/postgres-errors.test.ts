import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { openPostgres } from '../../src/stores/postgresql/postgres.js';
import { ping } from '../../src/stores/sql/ping.js';
import { startPostgres } from '../support/postgres-server.js';
import { giveOwnCertificate } from '../support/postgres-tls.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';

const LOGGER = createLogger('silent');

test('a mistake of ours is no outage, though Node’s code for it begins as those of the network do', async () => {
  await using db = openPostgres(new Secret(await newDatabaseUrl()), LOGGER, { connections: 1, deadlineMs: PATIENT_MS });
  const mistaken = { toPostgres: () => Buffer.from(1 as unknown as string) };

  expect(await errorCodeOf(sql`select ${mistaken}`.execute(db))).toBe('ERR_INVALID_ARG_TYPE');
  expect(await errorCodeOf(ping(db))).toBe('no error');
});

test('a server whose certificate cannot be trusted is unavailable, and at the start it is said what to do', async () => {
  await using postgres = await startPostgres();
  await using certificate = await giveOwnCertificate(postgres);
  const untrusted = new Secret(`${postgres.url}?sslmode=verify-full`);
  const sentence =
    /^No secure connection to the database of DATABASE_URL can be made \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. /;

  await using db = openPostgres(untrusted, LOGGER, { connections: 1, deadlineMs: PATIENT_MS });
  expect(await errorCodeOf(sql`select 1`.execute(db))).toBe('TEMPORARILY_UNAVAILABLE');
  await expect(migratePostgresDatabase(untrusted, LOGGER)).rejects.toThrow(sentence);
  // What the sentence says to do.
  const trusting = new Secret(`${untrusted.reveal()}&sslrootcert=${certificate.path}`);
  expect(await migratePostgresDatabase(trusting, LOGGER)).not.toEqual([]);
});

test('a server that has no TLS though the URL asks for it is unavailable, and at the start it is said why', async () => {
  const withoutTls = new Secret(`${await newDatabaseUrl()}?sslmode=verify-full`);

  await using db = openPostgres(withoutTls, LOGGER, { connections: 1, deadlineMs: PATIENT_MS });
  expect(await errorCodeOf(sql`select 1`.execute(db))).toBe('TEMPORARILY_UNAVAILABLE');
  await expect(migratePostgresDatabase(withoutTls, LOGGER)).rejects.toThrow(
    /^No secure connection to the database of DATABASE_URL can be made \(The server does not support SSL connections\)\. Turn on ssl in PostgreSQL/,
  );
});
