import { CONNECTIONS, check } from './case.ts';
import type { GrowthWork } from './growth-work.ts';
import type { Latchkey } from './latchkey.ts';
import type { Load } from './load-process.ts';
import { cpuMicroseconds, stopProcess } from './processes.ts';
import type { Work } from './work.ts';

/** Something that a gateway may have one of or many. */
export interface Growth {
  readonly of: string;
  /** The smallest first, all with works of the same names. */
  readonly sizes: readonly GrowthSize[];
}

export interface GrowthSize {
  readonly size: number;
  readonly works: readonly GrowthWork[];
  /** Starts the servers anew, on the state that they had the last time. */
  start(): Promise<readonly Latchkey[]>;
}

/** What one work cost at each size. */
export interface GrowthRow {
  readonly of: string;
  readonly work: string;
  readonly sizes: readonly number[];
  /** The servers' CPU time for a request: a list for each round, with a figure for each size. */
  readonly rounds: readonly (readonly number[])[];
}

/**
 * Measures the sizes in rounds, A B C A B C …, so that whatever else the machine does falls on all of them, and each
 * time in new processes: how well one was compiled is no part of what grows.
 */
export async function measureGrowth(growth: Growth, load: Load, count: number): Promise<readonly GrowthRow[]> {
  const rounds: number[][][] = [];
  while (rounds.length < count) {
    process.stderr.write(`${growth.of}, round ${rounds.length + 1} of ${count}\n`);
    const round: number[][] = [];
    for (const size of growth.sizes) round.push(await measureSize(size, load));
    rounds.push(round);
  }
  return (growth.sizes[0]?.works ?? []).map(({ name }, work) => ({
    of: growth.of,
    work: name,
    sizes: growth.sizes.map(({ size }) => size),
    rounds: rounds.map((round) => round.map((ofSize) => ofSize[work] ?? Number.NaN)),
  }));
}

/** The CPU time for a request of each work, in microseconds. */
async function measureSize({ works, start }: GrowthSize, load: Load): Promise<number[]> {
  const servers = await start();
  const readCpu = () => servers.reduce((sum, { child }) => sum + cpuMicroseconds(child), 0);
  const figures: number[] = [];
  for (const work of works) {
    await checkEach(servers, work);
    const { name, requests, mustContain, count } = work;
    const order = {
      urls: servers.map(({ url }) => url),
      requests,
      connections: CONNECTIONS,
      until: { requests: count },
      mustContain,
    };
    await load.drive(name, order);
    const before = readCpu();
    const report = await load.drive(name, order);
    figures.push((readCpu() - before) / report.requests);
  }
  for (const { child } of servers) await stopProcess(child);
  return figures;
}

async function checkEach(servers: readonly Latchkey[], { name, requests, mustContain }: Work): Promise<void> {
  const [first] = requests;
  if (first === undefined) throw new Error(`${name}: nothing to send`);
  for (const server of servers) {
    await check({ work: name, server, mustContain, requests: async () => requests }, first);
  }
}
