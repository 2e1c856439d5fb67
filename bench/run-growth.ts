import { CONNECTIONS } from './case.ts';
import { type GrowthRow, measureGrowth } from './growth.ts';
import { growOrganizations, growTokens } from './growth-embedded.ts';
import { growReplicas } from './growth-replicas.ts';
import { INTROSPECTIONS, TOKENS_ISSUED } from './growth-work.ts';
import { startLoad } from './load-process.ts';
import { describeDisk, describeMachine } from './machine.ts';
import { startRun } from './start-run.ts';
import { startStateServers } from './state-servers.ts';
import { type Aim, formatAims, formatTable, median, times, whole } from './table.ts';

/**
 * What an introspection and a token cost where there are more tokens, organisations or replicas. Prints Markdown for
 * docs/benchmarks.md to standard output. `--quick` is for trying it out: the largest are smaller then.
 */

const FULL_ROUNDS = 5;
const QUICK_ROUNDS = 3;
const GROWTH_MAX = 1.15;

const { isQuick, directory } = startRun();
const rounds = isQuick ? QUICK_ROUNDS : FULL_ROUNDS;
const largest = isQuick
  ? { tokens: 10_000, organizations: 1000, replicas: 3 }
  : { tokens: 100_000, organizations: 10_000, replicas: 8 };

const machine = [...describeMachine(), describeDisk(directory)];
const state = await startStateServers(directory);
const growths = [
  await growTokens(directory, [1, 1000, largest.tokens]),
  await growOrganizations(directory, [1, 100, largest.organizations], largest.organizations),
  await growReplicas(state, [1, 2, largest.replicas]),
];
const load = startLoad();
const rows: GrowthRow[] = [];
for (const growth of growths) rows.push(...(await measureGrowth(growth, load, rounds)));
await load.stop();

console.log(`${rounds} interleaved rounds, in new processes each time, ${CONNECTIONS} connections to each: ${whole(INTROSPECTIONS)} introspections of warm-up and as many
that are measured, as many as there are tokens where all of them are asked about, ${whole(TOKENS_ISSUED)} tokens issued of each. Medians of the
rounds; "×" is the largest against the smallest. Every answer was checked. Latchkey runs with LATCHKEY_LIMITS=off.

Tokens and organisations are of one process, which begins each round with as many live tokens, and has up to ${whole(2 * TOKENS_ISSUED)} more while
it issues some. The organisations' clients have ${whole(largest.organizations)} tokens together. Replicas are all under load at the same time, on
one core: what changing from one to another costs the core is part of the figure.

${[...machine, ...state.versions].map((fact) => `- ${fact}`).join('\n')}
- Redis and PostgreSQL share the load generator's core

${formatTable(
  ['of', 'work', 'from … to', 'CPU µs/request', '× CPU'],
  rows.map((row) => [row.of, row.work, row.sizes.map(whole).join(', '), microseconds(row), times(growthOf(row))]),
)}

${formatAims(
  rows.map((row): Aim => {
    const growth = growthOf(row);
    return {
      name: `${row.work}: from ${row.sizes.map(whole).at(0)} to ${row.sizes.map(whole).at(-1)} ${row.of}`,
      wanted: `at most ${GROWTH_MAX} × the CPU`,
      measured: times(growth),
      met: growth <= GROWTH_MAX,
    };
  }),
)}`);
// The exit ends the servers.
process.exit();

function microseconds({ sizes, rounds }: GrowthRow): string {
  return sizes.map((_, size) => median(rounds.map((round) => round[size] ?? Number.NaN)).toFixed(1)).join(', ');
}

/** The median of the rounds' own ratios, since neighbours in time share what the machine did to them. */
function growthOf({ rounds }: GrowthRow): number {
  return median(rounds.map((round) => (round.at(-1) ?? Number.NaN) / (round[0] ?? Number.NaN)));
}
