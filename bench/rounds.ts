import { type Case, CONNECTIONS, check } from './case.ts';
import type { LoadOrder, LoadReport } from './load.ts';
import { startLoad } from './load-process.ts';
import { cpuMicroseconds, cpuMicrosecondsOfChildren } from './processes.ts';

/** What one case did in one round. */
export interface Sample extends LoadReport {
  /** CPU time of the server's process for each answered request. */
  readonly cpuMicroseconds: number;
  /** CPU time of the PostgreSQL behind it, 0 where none is. */
  readonly postgresMicroseconds: number;
}

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/**
 * Measures the cases in rounds, A B C C B A …, so that whatever else the machine does falls on all of them, and what a
 * server leaves behind, such as uses that PostgreSQL still writes, falls on either neighbour.
 * @throws Error where any answer was not a good one: there is nothing to compare then
 */
export async function measure(cases: readonly Case[], plan: Plan): Promise<ReadonlyMap<Case, readonly Sample[]>> {
  const load = startLoad();
  const samples = new Map<Case, Sample[]>(cases.map((one) => [one, []]));
  for (let round = 0; round <= plan.rounds; round++) {
    process.stderr.write(round === 0 ? 'warming up\n' : `round ${round} of ${plan.rounds}\n`);
    for (const one of round % 2 === 0 ? cases : cases.toReversed()) {
      const requests = await one.requests();
      const [first] = requests;
      if (first === undefined) throw new Error(`${one.work}: nothing to send`);
      await check(one, first);
      const sample = await drive(one, {
        urls: [one.server.url],
        requests,
        connections: CONNECTIONS,
        until: { seconds: round === 0 ? plan.warmUpSeconds : plan.seconds },
        mustContain: one.mustContain,
      });
      if (round > 0) samples.get(one)?.push(sample);
    }
  }
  await load.stop();
  return samples;

  async function drive({ work, server, postgres }: Case, order: LoadOrder): Promise<Sample> {
    const readCpu = () => [cpuMicroseconds(server.child), postgres ? cpuMicrosecondsOfChildren(postgres) : 0] as const;
    const [ownBefore, postgresBefore] = readCpu();
    const report = await load.drive(`${server.name}, ${work}`, order);
    const [own, ofPostgres] = readCpu();
    return {
      ...report,
      cpuMicroseconds: (own - ownBefore) / report.requests,
      postgresMicroseconds: (ofPostgres - postgresBefore) / report.requests,
    };
  }
}
