import { expect, test } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { type Fault, runTrial, type TrialFigures } from '../support/revocation-trials.js';
import { createRandom, drawSeed } from '../support/seeded-random.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';

const BOUND_MS = 200;
const TRIALS = Math.ceil(200 * TRIALS_SHARE);
const seed = drawSeed('REVOCATION_SEED');

/** Logs in as a user of Redis that may do everything but hear what is published: every push is lost. */
async function makeDeaf(redis: RedisServer, redisUrl: URL): Promise<void> {
  const words = ['ACL', 'SETUSER', 'deaf', 'on', '>word', '~*', '&*', '+@all', '-subscribe'];
  expect(await sendRedisCommand(redis.port, ...words)).toBe('+OK');
  redisUrl.username = 'deaf';
  redisUrl.password = 'word';
}

test.for<readonly [what: string, fault: Fault, isDeaf?: boolean]>([
  ['all goes well', 'none'],
  ['every push to one of them is lost', 'none', true],
  ['the link of one of them to Redis is black-holed', 'black-holed link'],
  ['the link of one of them to Redis is reset', 'reset link'],
  ['one of them is stopped', 'stopped process'],
])(
  `what one of three replicas revoked, the others accept for at most ${BOUND_MS} ms while %s`,
  { timeout: 60_000 + TRIALS * 10_000 },
  async ([, fault, isDeaf = false], { annotate }) => {
    // Nobody else's commands hold up a Redis of one's own.
    await using redis = await startRedis();
    await using replicas = new Replicas(
      { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url },
      { deadlineMs: HASTY_MS },
    );
    const redisUrl = new URL(redis.url);
    await using proxy = await startFaultProxy(redis.port);
    redisUrl.port = String(proxy.port);
    if (isDeaf) await makeDeaf(redis, redisUrl);
    // Look-ups go on without end: no quota would do for them.
    const env = { LATCHKEY_LIMITS: 'off' };
    const [revoker, faulty, healthy] = await Promise.all([
      replicas.start(env),
      replicas.start({ ...env, REDIS_URL: redisUrl.href }),
      replicas.start(env),
    ]);
    const asked = [faulty, healthy] as const;
    const figures: TrialFigures = {
      trials: 0,
      acceptedAfterAckMsMax: Number.NEGATIVE_INFINITY,
      refusedAfterAckMs: [],
      unavailable: 0,
      lookUps: 0,
    };
    const random = createRandom(seed);

    while (figures.trials < TRIALS) await runTrial({ replicas, revoker, asked, proxy, random }, fault, figures);

    const refused = figures.refusedAfterAckMs.toSorted((a, b) => a - b);
    const details = `${JSON.stringify({ ...figures, refusedAfterAckMs: { median: refused[refused.length >> 1], max: refused.at(-1) } })}; again with REVOCATION_SEED=${seed}`;
    await reportTrial(
      annotate,
      {
        bound: `${BOUND_MS} ms after the acknowledgement`,
        worst: `${figures.acceptedAfterAckMsMax.toFixed(0)} ms`,
        trials: `${TRIALS} revocations, ${figures.lookUps} look-ups`,
      },
      `revocation, ${fault}${isDeaf ? ', pushes lost' : ''}: ${details}`,
    );
    expect(figures.acceptedAfterAckMsMax, details).toBeLessThanOrEqual(BOUND_MS);
  },
);
