import { join } from 'node:path';
import { type Case, CONNECTIONS, LIVE_TOKENS } from './case.ts';
import { createLatchkeyClient, startLatchkey } from './latchkey.ts';
import { describeMachine } from './machine.ts';
import { compatibleIntrospection, latchkeyTokenRequest, takeTokens } from './requests.ts';
import { measure, type Plan, type Sample } from './rounds.ts';
import { startRun } from './start-run.ts';
import { type Aim, formatAims, formatResults, median, times } from './table.ts';

/**
 * What metrics and the request log cost an introspection: gateways without either, with metrics, and with the log, each a
 * process of its own. Several of a kind tell how far processes of one kind differ. Prints Markdown for docs/benchmarks.md
 * to standard output. `--quick` is for trying it out.
 */

const FULL: Plan = { rounds: 12, seconds: 1.5, warmUpSeconds: 1.5 };
const QUICK: Plan = { rounds: 3, seconds: 1, warmUpSeconds: 1 };
const OF_EACH = 3;
const LOG_MICROSECONDS_MAX = 15;

/** Its settings where it is observed in this way. The line with the address of the metrics is one of `info`. */
const KINDS = {
  'without either': { LATCHKEY_LOG_LEVEL: 'warn' },
  'with metrics': { LATCHKEY_LOG_LEVEL: 'warn', LATCHKEY_METRICS_PORT: '0' },
  'with the request log': { LATCHKEY_REQUEST_LOG: 'true' },
} as const;
type Kind = keyof typeof KINDS;

const { isQuick, directory } = startRun();
const plan = isQuick ? QUICK : FULL;
const machine = describeMachine();
const cases: { readonly kind: Kind; readonly introspection: Case }[] = [];
for (let index = 1; index <= OF_EACH; index++) {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    cases.push({ kind, introspection: await createIntrospection(kind, index) });
  }
}
const samples = await measure(
  cases.map(({ introspection }) => introspection),
  plan,
);

console.log(`Introspections, compatible path, by ${OF_EACH} processes of each kind. ${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up,
${CONNECTIONS} connections; medians of the rounds. What processes of one kind differ by is the noise that a cost has to be seen in. Every answer was checked.

${machine.map((fact) => `- ${fact}`).join('\n')}

${formatResults(samples)}

${formatAims(aimsOf())}`);
// The exit ends the servers.
process.exit();

async function createIntrospection(kind: Kind, index: number): Promise<Case> {
  const name = `Latchkey ${kind}, ${index}`;
  const server = await startLatchkey(
    { LATCHKEY_DATA_DIR: join(directory, name.replaceAll(/\W+/g, '-')), ...KINDS[kind] },
    name,
  );
  const client = await createLatchkeyClient(server, 'bench');
  const tokens = await takeTokens(server, latchkeyTokenRequest(client), LIVE_TOKENS);
  const requests = tokens.map((token) => compatibleIntrospection(client, token));
  return {
    work: 'introspection, compatible path',
    server,
    mustContain: '"active":true',
    requests: async () => requests,
  };
}

function aimsOf(): Aim[] {
  const plain = mediansOf('without either');
  const noise = Math.max(...plain) / Math.min(...plain);
  const metrics = median(mediansOf('with metrics')) / median(plain);
  const logMicroseconds = median(mediansOf('with the request log')) - median(plain);
  return [
    {
      name: 'metrics',
      wanted: `at most ${times(noise)} the CPU of a gateway without, by which these differ`,
      measured: times(metrics),
      met: metrics <= noise,
    },
    {
      name: 'the request log',
      wanted: `at most ${LOG_MICROSECONDS_MAX} µs a request`,
      measured: `${logMicroseconds.toFixed(1)} µs`,
      met: logMicroseconds <= LOG_MICROSECONDS_MAX,
    },
  ];
}

/** Of each process of a kind. */
function mediansOf(kind: Kind): number[] {
  const ofKind = cases.filter((one) => one.kind === kind);
  const cpuOf = (taken: readonly Sample[] = []) => median(taken.map(({ cpuMicroseconds }) => cpuMicroseconds));
  return ofKind.map(({ introspection }) => cpuOf(samples.get(introspection)));
}
