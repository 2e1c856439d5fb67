import { findHalfDone, findRefusedOrRevived, findRefusedTokens, settleChange } from './acknowledged-checks.js';
import { AcknowledgedWriter } from './acknowledged-writer.js';
import type { GraphqlClient } from './graphql-client.js';
import type { Target } from './known-connection.js';
import type { PostgresServer } from './postgres-server.js';
import { createRandom } from './seeded-random.js';
import { readPostgresState, type StoredState } from './stored-state.js';

interface CrashPlan {
  readonly postgres: PostgresServer;
  readonly databaseUrl: string;
  readonly gateways: readonly { readonly url: string; readonly admin: GraphqlClient }[];
  /** Whether the tokens are in Redis, which does not crash. */
  readonly withRedis: boolean;
  readonly crashes: number;
  /** How many writes are acknowledged before each crash, at least. */
  readonly writes: number;
  readonly seed: number;
}

export interface CrashReport {
  /** What was acknowledged and is lost, or is half done, or was done twice. */
  readonly lost: readonly string[];
  readonly acknowledged: number;
  readonly unanswered: number;
  /** How many of those have happened all the same. */
  readonly happenedUnanswered: number;
}

/** Crashes PostgreSQL among writes, again and again, and compares what it holds with what was answered. */
export async function writeAmongCrashes(plan: CrashPlan): Promise<CrashReport> {
  const { databaseUrl, gateways, withRedis } = plan;
  const writers = ['a', 'b', 'c', 'd', 'e', 'f', 'key'].map(
    (name, index) =>
      new AcknowledgedWriter({
        name,
        random: createRandom(plan.seed + index),
        authenticationType: name === 'key' ? 'ACCESS_KEY' : 'OAUTH',
        asAdmin: index % 2 === 0,
      }),
  );
  const targets = gateways.map((gateway) => targetOf(gateway));
  // With Redis, what was committed without an answer is revoked a little later: test/replicas/untold-revocations.test.ts.
  const findRefused = (target: Target, stored: StoredState) =>
    withRedis ? findRefusedTokens(target, writers) : findRefusedOrRevived(target, writers, stored);
  const lost: string[] = [];
  const counts = { acknowledged: 0, unanswered: 0, happenedUnanswered: 0 };
  for (let crashes = 1; crashes <= plan.crashes; crashes++) {
    counts.acknowledged += await writeUntilCrash(plan, writers, crashes);
    await plan.postgres.start();
    const stored = await readPostgresState(databaseUrl);
    counts.unanswered += writers.filter(({ unanswered, unansweredCreate }) => unanswered ?? unansweredCreate).length;
    counts.happenedUnanswered += writers.filter((writer) => settleChange(writer, stored)).length;
    const found = findHalfDone(stored, writers, { withTokens: !withRedis });
    // Before anything else may have ended what was perhaps revoked.
    found.push(...(await findRefused(pick(targets, crashes), stored)));
    lost.push(...found.map((what) => `after ${crashes} crashes: ${what}`));
  }
  for (const [index, writer] of writers.entries()) await writer.repeatCreate(pick(targets, index));
  const stored = await readPostgresState(databaseUrl);
  lost.push(...findHalfDone(stored, writers, { withTokens: !withRedis }));
  for (const target of targets) lost.push(...(await findRefused(target, stored)));
  return { lost, ...counts };
}

/** Resolves, with PostgreSQL down, when each writer has met that. */
async function writeUntilCrash(
  { postgres, gateways, writes }: CrashPlan,
  writers: readonly AcknowledgedWriter[],
  shift: number,
): Promise<number> {
  let acknowledged = 0;
  let stopping: Promise<void> | undefined;
  const targets = gateways.map((gateway) =>
    targetOf(gateway, {
      // At once: the other writers' requests are under way.
      acknowledged: () => {
        if (++acknowledged >= writes) stopping ??= postgres.stop('immediate');
      },
      // Whoever is told to come back does not know whether it happened.
      isUnanswered: (error) => stopping !== undefined && /SERVICE_UNAVAILABLE|request: 503/.test(String(error)),
    }),
  );
  await Promise.all(
    writers.map(async (writer, index) => {
      // Each round by another gateway.
      const target = pick(targets, index + shift);
      await writer.repeatCreate(target);
      await writer.run(target);
    }),
  );
  await stopping;
  return acknowledged;
}

function targetOf(gateway: CrashPlan['gateways'][0], given: Partial<Target> = {}): Target {
  return { ...gateway, isKilled: () => false, isUnanswered: () => false, acknowledged: () => undefined, ...given };
}

function pick<T>(all: readonly T[], index: number): T {
  return all[index % all.length] as T;
}
