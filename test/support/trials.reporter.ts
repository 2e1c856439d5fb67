import { execFileSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { markdownTable } from './markdown-table.js';
import { postgresPrograms } from './postgres-programs.js';
import { findBinary } from './programs.js';
import { REPORT_TYPE, TRIALS_SHARE, type TrialReport } from './trial-report.js';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = 'docs/trials.md';
const HEADINGS = ['trial', 'what is promised', 'bound', 'worst seen', 'trials', 'took'];

/**
 * Writes what trials have measured as a Markdown table: to docs/trials.md where all of them ran, whole, and held, so that
 * the page is about one run; to the terminal otherwise.
 */
export class TrialsReporter implements Reporter {
  #loadAtStart = 0;

  onTestRunStart(): void {
    this.#loadAtStart = loadavg()[0] ?? 0;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const table = tableOf(modules.flatMap((module) => [...module.children.allTests()]));
    if (unhandledErrors.length > 0 || !areWhole(modules)) {
      console.log(`\n${table}\n\n${PAGE} is left as it was: it is about runs of all trials, all of which hold.`);
      return;
    }
    writeFileSync(join(ROOT, PAGE), pageOf(table, this.#loadAtStart));
    console.log(`\n${PAGE} was written.`);
  }
}

function areWhole(modules: readonly TestModule[]): boolean {
  const files = globSync('test/trials/**/*.trial.ts', { cwd: ROOT });
  return (
    TRIALS_SHARE === 1 &&
    files.every((file) => modules.some((module) => fileOf(module) === file)) &&
    modules.every((module) => [...module.children.allTests()].every((trial) => trial.result().state === 'passed'))
  );
}

function fileOf({ moduleId }: TestModule): string {
  return relative(ROOT, moduleId);
}

function tableOf(trials: readonly TestCase[]): string {
  const rows = trials.filter((trial) => trial.result().state !== 'skipped').map(rowOf);
  return markdownTable(HEADINGS, rows);
}

function rowOf(trial: TestCase): string[] {
  const annotation = trial.annotations().find(({ type }) => type === REPORT_TYPE);
  const { bound, worst, trials }: TrialReport = JSON.parse(
    annotation?.message ?? '{ "bound": "", "worst": "nothing was reported", "trials": "" }',
  );
  const verdict = trial.result().state === 'passed' ? '' : ', FAILED';
  const tookS = Math.round((trial.diagnostic()?.duration ?? 0) / 1_000);
  const promise = trial.fullName.replaceAll(' > ', ' ');
  return [`\`${fileOf(trial.module)}\``, promise, bound, `${worst}${verdict}`, trials, `${tookS} s`];
}

function pageOf(table: string, loadAtStart: number): string {
  return `# Trials

What follows is one run of \`npm run trials\` as it was printed; the command writes this page when all trials ran and held.
They meet real faults in real time, on gateways, servers and proxies that are processes of their own.

- ${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, ${cpus().length} cores, load average at the start ${loadAtStart.toFixed(1)}
- ${versions().join(', ')}

${table}

Not among them: a clock that is stepped back. Redis counts calls by its own clock, which could not be stepped here: with
libfaketime Debian's redis-server does not start. That such a step, of five seconds, admits no call too many is the property
of the script, the embedded store and a naive oracle that \`test/property/limits/decisions.test.ts\` checks, by injected time.
`;
}

/** Of what the trials ran, as the programs themselves say. */
function versions(): string[] {
  const redis = process.env.LATCHKEY_TEST_REDIS ?? 'redis-server';
  return [
    `Node ${process.versions.node}`,
    versionBy('Redis', findBinary(redis) ?? redis, '--version'),
    versionBy('PostgreSQL', join(postgresPrograms(), 'postgres'), '--version'),
    versionBy('HAProxy', findBinary('haproxy') ?? 'haproxy', '-v'),
  ];
}

function versionBy(name: string, program: string, option: string): string {
  const [version = 'of an unknown version'] =
    /\d+(?:\.\d+)+/.exec(execFileSync(program, [option], { encoding: 'utf8' })) ?? [];
  return `${name} ${version}`;
}
