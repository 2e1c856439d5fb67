import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { AuditEventsDocument, ConnectionsDocument, DisableConnectionDocument } from '../generated/graphql.js';
import { runCommand, spawnGateway } from '../support/gateway-process.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

async function readAll(admin: GraphqlClient) {
  return [await admin.run(ConnectionsDocument), await admin.run(AuditEventsDocument, { first: 100 })];
}

/** A data directory whose gateway was stopped, and what there was in it. */
async function leaveInstallation(directory: string) {
  await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory } });
  const admin = await userOfProcess(gateway.url, directory);
  const [machine, disabled] = [await createMachine(admin), await createMachine(admin)];
  await createMachine(admin, 'ACCESS_KEY');
  const token = await requestToken(gateway.url, machine);
  const dead = await requestToken(gateway.url, disabled);
  await admin.run(DisableConnectionDocument, { id: disabled.connectionId });
  const running = await runCommand(['copy'], {
    env: { LATCHKEY_DATA_DIR: directory, DATABASE_URL: await newDatabaseUrl() },
  });
  expect(running).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Another Latchkey process uses the data/) });
  gateway.kill('SIGTERM');
  await gateway.ended;
  return { machine, token, dead };
}

test.concurrent('a stopped installation is copied whole: its secrets, tokens and audit log go on in PostgreSQL', async () => {
  await using directory = await createTemporaryDirectory();
  const { machine, token, dead } = await leaveInstallation(directory.path);
  const databaseUrl = await newDatabaseUrl();
  const keysFile = join(directory.path, 'keys');
  const env = { LATCHKEY_DATA_DIR: directory.path, DATABASE_URL: databaseUrl };

  const copied = await runCommand(['copy', '--from', directory.path, '--to', databaseUrl], { env: {} });
  expect(copied).toMatchObject({ code: 0, stderr: '' });
  expect(copied.stdout).toContain('connections: 3 rows, 3 copied\n');
  expect(copied.stdout).toContain('access_tokens: 2 rows, 2 copied\n');

  await using embedded = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
  const before = await readAll(await userOfProcess(embedded.url, directory.path));
  const moved = { DATABASE_URL: databaseUrl, LATCHKEY_KEYS_FILE: keysFile };
  await using gateway = await spawnGateway({ env: { ...moved, LATCHKEY_STORE_DEADLINE_MS: String(PATIENT_MS) } });
  expect(await readAll(await userOfProcess(gateway.url, directory.path))).toEqual(before);
  expect(await isActive(gateway.url, machine, token)).toBe(true);
  expect(await isActive(gateway.url, machine, dead)).toBe(false);
  expect(await requestToken(gateway.url, machine)).toMatch(/^lkat_/);
  embedded.kill('SIGTERM');
  await embedded.ended;

  expect(await runCommand(['copy'], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^The database of DATABASE_URL is in use already: organizations has rows\. Copy into/,
    ),
  });
});

test.concurrent('nothing is copied where a key is lacking, nor where anything fails on the way', async () => {
  await using directory = await createTemporaryDirectory();
  await leaveInstallation(directory.path);
  const databaseUrl = await newDatabaseUrl();
  const env = { LATCHKEY_DATA_DIR: directory.path, DATABASE_URL: databaseUrl };
  const rows = () => runPostgres(databaseUrl, 'select count(*) from organizations');

  expect(await runCommand(['copy'], { env: { ...env, LATCHKEY_KEYS: KeyRing.generate() } })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The key ring has none of the keys that secrets are kept under/),
  });
  const next = KeyRing.generate();
  const both = `${next},${await readFile(join(directory.path, 'keys'), 'utf8')}`;
  await using rotated = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_KEYS: both } });
  await createMachine(await userOfProcess(rotated.url, directory.path));
  rotated.kill('SIGTERM');
  await rotated.ended;
  expect(await runCommand(['copy'], { env: { ...env, LATCHKEY_KEYS: next } })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^Secrets are kept under keys that the key ring lacks: k\w+\. Set LATCHKEY_KEYS_FILE/,
    ),
  });

  expect(
    await runCommand(['migrate'], { env: { DATABASE_URL: databaseUrl, LATCHKEY_KEYS: KeyRing.generate() } }),
  ).toMatchObject({ code: 0 });
  await runPostgres(databaseUrl, 'alter table audit_events add constraint full_up check (sequence < 3)');
  const whole = { env: { ...env, LATCHKEY_KEYS: both } };
  expect(await runCommand(['copy'], whole)).toMatchObject({ code: 1, stdout: '' });
  expect(await rows()).toBe('0');

  await runPostgres(databaseUrl, 'alter table audit_events drop constraint full_up');
  expect(await runCommand(['copy'], whole)).toMatchObject({ code: 0 });
  expect(await rows()).toBe('1');
});
