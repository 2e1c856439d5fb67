import { expect, test } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis, startReplica } from '../support/redis-server.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { until } from '../support/until.js';

const BOUND_MS = 200;

test('a Redis that was made a replica proves nothing: what is revoked at its new primary is not accepted after the bound', async () => {
  await using old = await startRedis();
  await using next = await startReplica(old);
  // What the old one would hear of its new primary is lost: it stays as it was, with its run id and the log's epoch.
  await using link = await startFaultProxy(next.port);
  link.blackhole();
  const databaseUrl = await newDatabaseUrl();
  await using left = await openReplica(
    { databaseUrl, redisUrl: old.url },
    { revocationBoundMs: BOUND_MS, deadlineMs: HASTY_MS },
  );
  const { tokens, organizations, change } = left.database;
  await organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await change('default', ({ connections }) => connections.insert(connection));
  const token = tokenRecord(connection);
  await tokens.insert(token);
  const isAccepted = async () => (await tokens.find(token.digest)) !== undefined;
  expect(await isAccepted()).toBe(true);

  expect(await sendRedisCommand(next.port, 'REPLICAOF', 'NO', 'ONE')).toBe('+OK');
  await using moved = await openReplica(
    { databaseUrl, redisUrl: next.url },
    { revocationBoundMs: BOUND_MS, deadlineMs: HASTY_MS },
  );
  expect(await sendRedisCommand(old.port, 'REPLICAOF', '127.0.0.1', String(link.port))).toBe('+OK');
  await moved.database.change('default', (stores) => stores.tokens.revoke(token));
  const revokedAt = performance.now();

  // It is asked all the while: whatever it answers, it accepts nothing from here on.
  const acceptedAfterMs: number[] = [];
  await until('the bound has passed twice', async () => {
    const askedAt = performance.now();
    if (await isAccepted().catch(() => false)) acceptedAfterMs.push(askedAt - revokedAt);
    return performance.now() - revokedAt > 2 * BOUND_MS;
  });
  expect(acceptedAfterMs.filter((ms) => ms > BOUND_MS)).toEqual([]);
  await expect(isAccepted()).rejects.toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' });

  // A primary again, it has nothing that was lost: the database has.
  expect(await sendRedisCommand(old.port, 'REPLICAOF', 'NO', 'ONE')).toBe('+OK');
  await until('it proves again', async () => !(await isAccepted()));
});
