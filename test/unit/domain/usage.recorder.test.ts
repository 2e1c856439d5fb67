import { expect, test } from 'vitest';
import type { Client } from '../../../src/domain/connections/connection.js';
import { DomainError } from '../../../src/domain/errors.js';
import { UsageRecorder } from '../../../src/domain/usage/usage.recorder.js';
import {
  accepted,
  createConnection,
  createRequest,
  openServices,
  SUPER_ADMIN,
  type TestServices,
} from '../../support/services.js';
import { statementsOf } from '../../support/statement-counter.js';

/** The database refuses, by a fault of its own, to write down a use at this instant. */
const CURSED = 13;
/** As many of each kind as the recorder keeps. */
const NOTES_MAX = 200_000;
const FAULT = `create trigger cursed before update of last_used_at on connections when new.last_used_at = ${CURSED}
  begin select raise(abort, 'cursed'); end`;

interface Used {
  readonly connection: Client;
  readonly secretId: string;
}

async function createUsed(services: TestServices): Promise<Used> {
  const { connection } = await createConnection(services);
  return { connection, secretId: connection.secrets[0]?.id ?? '' };
}

async function lastUseOf(services: TestServices, { connection }: Used) {
  const [found] = await services.database.connections.findMany('default', [connection.id]);
  return { connection: found?.lastUsedAt, secret: found?.secrets[0]?.lastUsedAt };
}

test('uses are noted without a write, and many are written down together', async () => {
  await using services = await openServices();
  const used = await createUsed(services);
  const { accessToken } = await services.tokens.issue(used.connection);

  const noting = await statementsOf(async () => {
    for (let at = 1; at <= 100; at++) services.usage.secretUsed(used.secretId, used.connection.id, at);
  });
  expect(noting).toEqual([]);
  expect(await lastUseOf(services, used)).toEqual({ connection: undefined, secret: undefined });

  const flushing = await statementsOf(() => services.usage.flush());
  expect(flushing.filter((text) => text.includes('update'))).toHaveLength(2);
  expect(await lastUseOf(services, used)).toEqual({ connection: 100, secret: 100 });
  expect(await services.lookup.findLive(accessToken)).toMatchObject({ lastUsedAt: undefined });
});

test('a flush with nothing to write writes nothing', async () => {
  await using services = await openServices();
  const used = await createUsed(services);
  expect(await statementsOf(() => services.usage.flush())).toEqual([]);
  services.usage.secretUsed(used.secretId, used.connection.id, 1);
  await services.usage.flush();
  expect(await statementsOf(() => services.usage.flush())).toEqual([]);
});

test('a note that cannot be written is kept for the next flush, and keeps no other from being written', async () => {
  await using services = await openServices(FAULT);
  const [cursed, other] = [await createUsed(services), await createUsed(services)];
  const { usage } = services;
  const { token, accessToken } = await services.tokens.issue(other.connection);
  usage.secretUsed(cursed.secretId, cursed.connection.id, CURSED);
  usage.secretUsed(other.secretId, other.connection.id, 5);
  usage.tokenUsed(token.id, other.connection.id, 6);

  const failing = usage.flush();
  usage.tokenUsed(token.id, other.connection.id, 7);
  await expect(failing).rejects.toThrow('cursed');
  expect(await lastUseOf(services, other)).toEqual({ connection: 6, secret: 5 });
  await expect(usage.flush()).rejects.toThrow('cursed');

  // A newer note takes the place of the one that cannot be written.
  usage.secretUsed(cursed.secretId, cursed.connection.id, CURSED + 1);
  await usage.flush();

  expect(await lastUseOf(services, cursed)).toEqual({ connection: CURSED + 1, secret: CURSED + 1 });
  expect(await lastUseOf(services, other)).toEqual({ connection: 7, secret: 5 });
  expect(await services.lookup.findLive(accessToken)).toMatchObject({ lastUsedAt: 7 });
});

test('a database that is gone loses no notes: they are written to the one that comes back', async () => {
  await using gone = await openServices();
  await using back = await openServices();
  const used = await createUsed(gone);
  await back.database.change('default', ({ connections }) => connections.insert(used.connection));
  // The same store before and after it came back.
  let current = gone.database;
  const usage = new UsageRecorder({ record: (uses) => current.usage.record(uses) });
  usage.secretUsed(used.secretId, used.connection.id, 42);
  await gone.database.close();
  await expect(usage.flush()).rejects.toThrow();

  current = back.database;
  await usage.flush();

  expect(await lastUseOf(back, used)).toEqual({ connection: 42, secret: 42 });
});

test('whoever reads connections sees the uses that were noted just before', async () => {
  await using services = await openServices();
  const used = await createUsed(services);
  services.usage.secretUsed(used.secretId, used.connection.id, 1);
  expect(await services.connections.list(SUPER_ADMIN.organizationId)).toMatchObject([{ lastUsedAt: 1 }]);
  services.usage.secretUsed(used.secretId, used.connection.id, 2);
  expect(await services.connections.findMany('default', [used.connection.id])).toMatchObject([{ lastUsedAt: 2 }]);
  services.usage.secretUsed(used.secretId, used.connection.id, 3);
  expect(await services.connections.rename(SUPER_ADMIN, used.connection.id, 'renamed')).toMatchObject({
    lastUsedAt: 3,
  });
});

test('reading shows what is noted and writes nothing, and a change is one commit, whatever is noted', async () => {
  await using services = await openServices();
  const used = await createUsed(services);
  const { token } = await services.tokens.issue(used.connection);
  services.usage.secretUsed(used.secretId, used.connection.id, 5);
  services.usage.tokenUsed(token.id, used.connection.id, 6);

  const reading = await statementsOf(async () => {
    const [listed] = await services.connections.list('default');
    expect(listed).toMatchObject({ lastUsedAt: 6, secrets: [{ lastUsedAt: 5 }] });
    const { entries } = await services.tokens.listLive(used.connection, { first: 1, after: undefined });
    expect(entries).toMatchObject([{ node: { id: token.id, lastUsedAt: 6 } }]);
  });
  expect(reading.filter((text) => !text.trimStart().startsWith('select'))).toEqual([]);
  const changing = await statementsOf(() => services.connections.disable(SUPER_ADMIN, used.connection.id));
  expect(changing.filter((text) => text === 'commit')).toHaveLength(1);
});

test('notes are shown while they are being written down, and the later of what is kept and noted always', async () => {
  const writing = Promise.withResolvers<void>();
  const usage = new UsageRecorder({ record: () => writing.promise });
  const read = { id: 'con_1', lastUsedAt: 7, secrets: [{ id: 'sec_1', lastUsedAt: undefined }] };
  expect(usage.noted().ofConnection(read)).toBe(read);
  usage.secretUsed('sec_1', 'con_1', 5);

  const flushing = usage.flush();
  expect(usage.noted().ofConnection(read)).toEqual({
    id: 'con_1',
    lastUsedAt: 7,
    secrets: [{ id: 'sec_1', lastUsedAt: 5 }],
  });
  usage.secretUsed('sec_2', 'con_1', 9);
  expect(usage.noted().ofConnection(read)).toMatchObject({ lastUsedAt: 9, secrets: [{ lastUsedAt: 5 }] });
  writing.resolve();
  await flushing;
  expect(usage.noted().ofConnection(read)).toMatchObject({ lastUsedAt: 9, secrets: [{ lastUsedAt: undefined }] });
});

test('a flush that ends in the middle of a reading hides nothing of what was noted before the reading', async () => {
  await using services = await openServices();
  const used = await createUsed(services);
  for (let offset = 0; offset < 60; offset++) {
    services.usage.secretUsed(used.secretId, used.connection.id, 1_000 + offset);
    const listing = services.connections.list('default');
    for (let step = 0; step < offset; step++) await undefined;
    await services.usage.flush();
    const [listed] = await listing;
    expect([listed?.lastUsedAt, listed?.secrets[0]?.lastUsedAt]).toEqual([1_000 + offset, 1_000 + offset]);
  }
});

test('a create that is repeated shows the last uses too', async () => {
  await using services = await openServices();
  const request = createRequest('repeated', { idempotencyKey: 'key-1' });
  const { connection } = accepted(await services.connections.create(SUPER_ADMIN, request));
  services.usage.secretUsed(connection.secrets[0]?.id ?? '', connection.id, 77);
  expect(await services.connections.create(SUPER_ADMIN, request)).toMatchObject({ connection: { lastUsedAt: 77 } });
});

test('a note that cannot be written keeps nobody from looking at the connections', async () => {
  await using services = await openServices(FAULT);
  const cursed = await createUsed(services);
  services.usage.secretUsed(cursed.secretId, cursed.connection.id, CURSED);
  expect(await services.connections.list(SUPER_ADMIN.organizationId)).toMatchObject([{ id: cursed.connection.id }]);
  expect(await services.connections.rename(SUPER_ADMIN, cursed.connection.id, 'renamed')).toMatchObject({
    name: 'renamed',
  });
});

test('notes none of which can be written, for whichever reason, are tried a hundred times and kept', async () => {
  let tries = 0;
  let isMended = false;
  const kept = new Set<string>();
  const usage = new UsageRecorder({
    record: async ({ tokens }) => {
      tries++;
      if (!isMended) throw new Error('cursed');
      for (const id of tokens.keys()) kept.add(id);
    },
  });
  for (let index = 0; index < 1_000; index++) usage.tokenUsed(`tok_${index}`, 'con_1', index);
  await expect(usage.flush()).rejects.toThrow('cursed');
  expect(tries).toBeLessThan(210);
  isMended = true;
  await usage.flush();
  expect(kept.size).toBe(1_000);
});

test('notes that cannot be written down are bounded: the newest are kept, and written when the store is back', async () => {
  let isBack = false;
  const recorded: string[] = [];
  const usage = new UsageRecorder({
    record: async ({ tokens, connections }) => {
      if (!isBack) throw new DomainError('TEMPORARILY_UNAVAILABLE');
      expect(connections.size).toBe(1);
      expect(tokens.size).toBe(NOTES_MAX);
      const ids = [...tokens.keys()];
      recorded.push(ids.at(0) ?? '', ids.at(-1) ?? '');
    },
  });
  for (let index = 0; index < NOTES_MAX + 10; index++) {
    usage.tokenUsed(`tok_${index}`, 'con_1', index);
    if (index === 100_000) await expect(usage.flush()).rejects.toThrow('down');
  }
  await expect(usage.flush()).rejects.toThrow('down');

  isBack = true;
  await usage.flush();

  expect(recorded).toEqual(['tok_10', `tok_${NOTES_MAX + 9}`]);
});
