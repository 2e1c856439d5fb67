import { expect, test } from 'vitest';
import { writeAmongCrashes } from '../support/postgres-crashes.js';
import { startPostgres } from '../support/postgres-server.js';
import { Replicas } from '../support/replica-processes.js';
import { drawSeed } from '../support/seeded-random.js';
import { newRedisUrl } from '../support/shared-servers.js';
import { reportTrial } from '../support/trial-report.js';

const CRASHES = 5;
/** Before each crash. */
const WRITES = 200;
const seed = drawSeed('CRASH_SEED');

test(`of ${CRASHES * WRITES} writes among which PostgreSQL crashes ${CRASHES} times none that was acknowledged is lost, half done or done twice`, {
  timeout: 300_000,
}, async ({ annotate }) => {
  await using postgres = await startPostgres({ fsync: true });
  const databaseUrl = await postgres.createDatabase();
  await using replicas = new Replicas({ databaseUrl, redisUrl: await newRedisUrl() });
  const started = await Promise.all([replicas.start(), replicas.start()]);

  const { lost, acknowledged, unanswered, happenedUnanswered } = await writeAmongCrashes({
    ...{ postgres, databaseUrl, withRedis: true, crashes: CRASHES, writes: WRITES, seed },
    gateways: started.map((replica) => ({ url: replica.url, admin: replicas.admin(replica) })),
  });

  await reportTrial(annotate, {
    bound: 'none is lost, half done or done twice',
    worst: `${lost.length}; of ${unanswered} writes without an answer ${happenedUnanswered} had happened`,
    trials: `${acknowledged} acknowledged writes, ${CRASHES} crashes`,
  });
  expect(lost, lost.join('\n')).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(CRASHES * WRITES);
  // Writes were under way at each crash, or this has proven little.
  expect(unanswered).toBeGreaterThan(CRASHES);
});
