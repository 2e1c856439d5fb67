import type { Plan } from '../rounds.ts';
import { readRedisCpuMicroseconds } from '../state-servers.ts';
import { type Answers, around, ask, each } from './callers.ts';
import type { Contender } from './contenders.ts';
import { type Limiter, PER_MINUTE } from './limiter.ts';

/** What one contender did in one round. */
export interface CheckSample {
  readonly perSecond: number;
  /** CPU time for each check: Redis's, and that of the process that asks it. */
  readonly redisMicroseconds: number;
  readonly ownMicroseconds: number;
  /** Checks that Redis did not answer in time, and that were made again. */
  readonly repeated: number;
}

export interface CheckRounds {
  /** Of many organisations, none of which comes near its limit. */
  readonly many: readonly CheckSample[];
  /** Of a few, all of whose calls are used up. */
  readonly usedUp: readonly CheckSample[];
}

interface Parts {
  readonly contenders: readonly Contender[];
  readonly redisUrl: string;
  readonly organizations: readonly string[];
  readonly plan: Plan;
}

export const USED_UP = 20;
/** Most contenders let single calls pass while a limit is used up. */
const ADMITTED_OF_USED_UP_MAX = 0.01;

/** Measures the contenders in rounds, A B C A B C …, so that whatever else the machine does falls on all of them. */
export async function measureRounds({ contenders, redisUrl, organizations, plan }: Parts): Promise<CheckRounds[]> {
  const limiters = await Promise.all(contenders.map(({ open }) => open(redisUrl)));
  // An organisation's first call makes its key, and is one of very many.
  for (const limiter of limiters) await ask(limiter, each(organizations));
  const reports = limiters.map(() => ({ many: [] as CheckSample[], usedUp: [] as CheckSample[] }));
  for (let round = 0; round <= plan.rounds; round++) {
    console.error(round === 0 ? 'warming up' : `round ${round} of ${plan.rounds}`);
    const seconds = round === 0 ? plan.warmUpSeconds : plan.seconds;
    const many: CheckSample[] = [];
    for (const limiter of limiters) {
      many.push(await sample(redisUrl, () => checkMany(limiter, organizations, seconds)));
    }
    const usedUp: CheckSample[] = [];
    for (const limiter of limiters) {
      // New ones in each round: of the last round's some calls may have come free.
      const exhausted = await useUp(limiter, `round-${round}`);
      usedUp.push(await sample(redisUrl, () => checkUsedUp(limiter, exhausted, seconds)));
    }
    if (round === 0) continue;
    for (const [index, report] of reports.entries()) {
      report.many.push(many[index] as CheckSample);
      report.usedUp.push(usedUp[index] as CheckSample);
    }
  }
  for (const limiter of limiters) limiter.close();
  return reports;
}

async function checkMany(limiter: Limiter, organizations: readonly string[], seconds: number): Promise<Answers> {
  const answers = await ask(limiter, around(organizations, seconds));
  if (answers.admitted < answers.asked) throw new Error(`not all were admitted: ${JSON.stringify(answers)}`);
  return answers;
}

async function useUp(limiter: Limiter, name: string): Promise<string[]> {
  const organizations = Array.from({ length: USED_UP }, (_, index) => `${name}-${index}`);
  await ask(limiter, each(organizations), PER_MINUTE);
  return organizations;
}

async function checkUsedUp(limiter: Limiter, organizations: readonly string[], seconds: number): Promise<Answers> {
  const answers = await ask(limiter, around(organizations, seconds));
  const { asked, admitted } = answers;
  if (admitted > asked * ADMITTED_OF_USED_UP_MAX) throw new Error(`not used up: ${JSON.stringify(answers)}`);
  return answers;
}

async function sample(redisUrl: string, work: () => Promise<Answers>): Promise<CheckSample> {
  const redisBefore = await readRedisCpuMicroseconds(redisUrl);
  const ownBefore = process.cpuUsage();
  const begun = performance.now();
  const { asked, repeated } = await work();
  const seconds = (performance.now() - begun) / 1000;
  const own = process.cpuUsage(ownBefore);
  const redis = (await readRedisCpuMicroseconds(redisUrl)) - redisBefore;
  return {
    perSecond: asked / seconds,
    redisMicroseconds: redis / asked,
    ownMicroseconds: (own.user + own.system) / asked,
    repeated,
  };
}
