import { expect, test } from 'vitest';
import { connectionRevocation, tokenRevocation } from '../../src/domain/tokens/revocation.js';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { openPostgres } from '../../src/stores/postgresql/postgres.js';
import { PostgresRevocationStore } from '../../src/stores/postgresql/revocation.postgres.js';
import { openPostgresSession, untilLocked } from '../support/postgres-session.js';
import { connectionRecord, SOME_INSTANT, tokenRecord } from '../support/records.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';

async function openRevocations() {
  const databaseUrl = await newDatabaseUrl();
  const secretUrl = new Secret(databaseUrl);
  const logger = createLogger('error');
  await migratePostgresDatabase(secretUrl, logger);
  const db = openPostgres(secretUrl, logger, { connections: 1, deadlineMs: PATIENT_MS });
  return { databaseUrl, revocations: new PostgresRevocationStore(db), [Symbol.asyncDispose]: () => db.destroy() };
}

test('a late mark of one change says nothing of a later change of the same generation', async () => {
  await using opened = await openRevocations();
  const { revocations } = opened;
  const change = connectionRevocation('con_1', 1, SOME_INSTANT);
  const { kept: first } = await revocations.add(change, SOME_INSTANT);
  const { kept: second } = await revocations.add(change, SOME_INSTANT);

  await revocations.markPublished([first]);
  expect(await revocations.listUnpublished(SOME_INSTANT + 1, 0)).toEqual([second]);

  await revocations.markPublished([second]);
  expect(await revocations.listUnpublished(SOME_INSTANT + 1, 0)).toEqual([]);
});

test('a revocation is left over once it is old enough, or where a clock that is ahead has dated it', async () => {
  await using opened = await openRevocations();
  const { revocations } = opened;
  const keepAt = async (id: string, at: number) => (await revocations.add(connectionRevocation(id, 1, at), at)).kept;
  const old = await keepAt('con_old', SOME_INSTANT - 1_001);
  await keepAt('con_young', SOME_INSTANT - 1_000);
  await keepAt('con_new', SOME_INSTANT);
  const ahead = await keepAt('con_ahead', SOME_INSTANT + 1);

  expect(await revocations.listUnpublished(SOME_INSTANT, 1_000)).toEqual([old, ahead]);
});

test('a revocation that is renewed while a sweep waits for it is not forgotten', async () => {
  await using opened = await openRevocations();
  const { databaseUrl, revocations } = opened;
  await using session = await openPostgresSession(databaseUrl);
  const revocation = tokenRevocation(tokenRecord(connectionRecord()));
  await revocations.add(revocation, SOME_INSTANT);
  const now = revocation.expiresAt;
  await session.run('begin');
  await session.run('update revocations set expires_at = $1', now + 1);

  const sweeping = revocations.sweep(now, 10);
  await untilLocked(databaseUrl);
  await session.run('commit');

  expect(await sweeping).toBe(0);
  expect(await revocations.list(now)).toMatchObject([{ revocation: { ...revocation, expiresAt: now + 1 } }]);
  expect(await revocations.sweep(now + 1, 10)).toBe(1);
});
