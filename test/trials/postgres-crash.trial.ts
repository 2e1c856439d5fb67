import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  AuditEventsDocument,
  type AuditEventsQuery,
  ConnectionsDocument,
  RenameConnectionDocument,
} from '../generated/graphql.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { startPostgres } from '../support/postgres-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { newRedisUrl } from '../support/shared-servers.js';
import { until } from '../support/until.js';

const WRITES = 1_000;
const WRITERS = 8;
const CRASHES = 5;
const ANSWER_WITHIN_MS = 3_500;

test(`of ${WRITES} writes among which PostgreSQL crashes ${CRASHES} times none that was acknowledged is lost, and none is half done`, {
  timeout: 180_000,
}, async ({ annotate }) => {
  await using postgres = await startPostgres({ fsync: true });
  await using replicas = new Replicas(
    {
      databaseUrl: await postgres.createDatabase(),
      redisUrl: await newRedisUrl(),
    },
    { deadlineMs: HASTY_MS },
  );
  const started = await Promise.all([replicas.start(), replicas.start()]);
  const admins = started.map((replica) => replicas.admin(replica));
  const machines = await Promise.all(
    Array.from({ length: WRITERS }, (_, index) => createMachine(admins[index % 2] as (typeof admins)[0])),
  );
  const names = machines.map(() => [] as string[]);
  const counts = { sent: 0, acknowledged: 0, refused: 0, crashes: 0 };
  let slowestMs = 0;
  const writers = machines.map(async ({ connectionId: id }, index) => {
    const admin = admins[index % 2] as (typeof admins)[0];
    while (counts.acknowledged < WRITES) {
      const name = `writer ${index} write ${++counts.sent}`;
      const begunAt = performance.now();
      const { data, errors } = await admin.send<{ renameConnection: { __typename: string } }>(
        RenameConnectionDocument.toString(),
        { id, name },
      );
      slowestMs = Math.max(slowestMs, performance.now() - begunAt);
      if (data?.renameConnection.__typename === 'ConnectionChanged') {
        names[index]?.push(name);
        counts.acknowledged++;
        continue;
      }
      // Whoever is told to come back does not know whether it happened.
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
      counts.refused++;
      await delay(5);
    }
  });
  for (; counts.crashes < CRASHES; counts.crashes++) {
    const next = ((counts.crashes + 1) * WRITES) / (CRASHES + 1);
    await until('some more writes were acknowledged', () => counts.acknowledged >= next);
    await postgres.stop('immediate');
    await postgres.start();
  }
  await Promise.all(writers);

  const admin = admins[0] as (typeof admins)[0];
  const { connections } = await admin.run(ConnectionsDocument);
  const events: string[] = [];
  for (let after: string | null = null; ; ) {
    const { auditEvents }: AuditEventsQuery = await admin.run(AuditEventsDocument, { first: 100, after });
    events.push(
      ...auditEvents.edges.flatMap(({ node }) =>
        node.action === 'connection.renamed' ? `${node.target} ${node.detail}` : [],
      ),
    );
    if (!auditEvents.pageInfo.hasNextPage) break;
    after = auditEvents.pageInfo.endCursor ?? null;
  }
  const report = `${JSON.stringify(counts)}, slowest answer ${slowestMs.toFixed(0)} ms, ${events.length} events`;
  await annotate(report);
  console.log(`PostgreSQL crashes: ${report}`);

  for (const [index, { connectionId }] of machines.entries()) {
    const ofConnection = events.filter((event) => event.startsWith(connectionId));
    for (const name of names[index] ?? []) expect(ofConnection).toContain(`${connectionId} ${name}`);
    // The newest event is what the connection is called: no change without its event, and no event without its change.
    const { name } = connections.find(({ id }) => id === connectionId) ?? { name: 'gone' };
    expect(ofConnection[0]).toBe(`${connectionId} ${name}`);
  }
  // Writes were under way at each crash, or this has proven little.
  expect(counts.refused).toBeGreaterThan(CRASHES);
  expect(slowestMs).toBeLessThan(ANSWER_WITHIN_MS);
  for (const [index, machine] of machines.entries()) {
    const { url } = started[index % 2] as (typeof started)[0];
    expect(await isActive(url, machine, await requestToken(url, machine))).toBe(true);
  }
});
