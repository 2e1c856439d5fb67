import type { Plan } from '../rounds.ts';
import { CONTENDERS } from './contenders.ts';
import { measureBursts } from './measure-bursts.ts';
import { type MemoryPerOrganization, measureMemoryPerOrganization } from './measure-memory.ts';
import { type CheckRounds, measureRounds } from './measure-rounds.ts';

/** A process of its own that asks each contender whether calls are within the limits, in every way that is measured. */

export interface LimitsOrder {
  readonly redisUrl: string;
  readonly organizations: number;
  readonly plan: Plan;
  /** Whether to spend more than two minutes on bursts. */
  readonly withBursts: boolean;
}

export interface ContenderReport extends CheckRounds, MemoryPerOrganization {
  readonly name: string;
  /** The most calls that were admitted in any 60 s of the bursts; undefined where there were none. */
  readonly mostInAnyMinute: number | undefined;
}

process.on('message', async (order: LimitsOrder) => {
  process.send?.(await measure(order));
});

async function measure({ redisUrl, organizations, plan, withBursts }: LimitsOrder): Promise<ContenderReport[]> {
  const names = Array.from({ length: organizations }, (_, index) => `organization-${index}`);
  const memory: MemoryPerOrganization[] = [];
  for (const contender of CONTENDERS) memory.push(await measureMemoryPerOrganization(contender, redisUrl, names));
  const rounds = await measureRounds({ contenders: CONTENDERS, redisUrl, organizations: names, plan });
  const bursts = withBursts ? await measureBursts(CONTENDERS, redisUrl) : [];
  return CONTENDERS.map(({ name }, index) => ({
    name,
    ...(memory[index] as MemoryPerOrganization),
    ...(rounds[index] as CheckRounds),
    mostInAnyMinute: bursts[index],
  }));
}
