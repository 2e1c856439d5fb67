import { expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger } from '../../src/lib/logger.js';
import { startTestGateway } from '../support/gateway.js';
import { writeAmongCrashes } from '../support/postgres-crashes.js';
import { startPostgres } from '../support/postgres-server.js';
import { PATIENT_MS, serversConfigOf } from '../support/replicated-database.js';
import { newRedisUrl } from '../support/shared-servers.js';

const CRASHES = 2;
const WRITES = 75;

test.for<readonly [where: string, withRedis: boolean]>([
  ['with Redis', true],
  ['alone', false],
])(
  'of writes of two gateways among which PostgreSQL, %s, crashes, none that was acknowledged is lost, half done or done twice',
  async ([, withRedis], { annotate }) => {
    await using postgres = await startPostgres({ fsync: true });
    const databaseUrl = await postgres.createDatabase();
    const config = serversConfigOf({ databaseUrl, redisUrl: await newRedisUrl() }, PATIENT_MS);
    const servers = withRedis ? config : { ...config, redis: undefined };
    const keyRing = KeyRing.parse(KeyRing.generate());
    const start = () => startTestGateway({ config: { servers }, keyRing, logger: createLogger('silent') });
    await using first = await start();
    await using second = await start();

    const report = await writeAmongCrashes({
      ...{ postgres, databaseUrl, withRedis, crashes: CRASHES, writes: WRITES, seed: 1 },
      gateways: [first, second].map((gateway) => ({ url: gateway.url, admin: gateway.client() })),
    });

    await annotate(JSON.stringify(report));
    expect(report.lost, report.lost.join('\n')).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(CRASHES * WRITES);
    // Writes were under way at each crash, or this has proven little.
    expect(report.unanswered).toBeGreaterThan(CRASHES);
  },
);
