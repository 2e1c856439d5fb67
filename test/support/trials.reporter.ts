import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { markdownTable } from './markdown-table.js';
import { postgresPrograms } from './postgres-programs.js';
import { findBinary } from './programs.js';
import { REPORT_TYPE, TRIALS_SHARE, type TrialReport } from './trial-report.js';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = 'docs/trials.md';
const HEADINGS = ['trial', 'what is promised', 'bound', 'worst seen', 'trials', 'took', 'when, load at the start'];

/**
 * Writes what trials have measured as a Markdown table: to docs/trials.md the rows of each file that ran whole and held, in
 * the place of the file's rows before, as soon as it has ended: a run takes hours, and may be cut off. To the terminal what
 * did not hold.
 */
export class TrialsReporter implements Reporter {
  #loadAtStart = 0;
  #pageAtStart = '';

  onTestRunStart(): void {
    this.#loadAtStart = loadavg()[0] ?? 0;
    this.#pageAtStart = readPage();
  }

  onTestModuleEnd(module: TestModule): void {
    if (!hasHeld(module)) return;
    const there = globSync('test/trials/**/*.trial.ts', { cwd: ROOT });
    const kept = rowsOf(readPage()).filter((row) => isOf(row, there) && !isOf(row, [fileOf(module)]));
    writePage(pageOf([...headLines(), ...[...kept, ...this.#linesOf(module)].sort()].join('\n')));
    console.log(`\n${PAGE} has the rows of ${fileOf(module)}.`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    if (unhandledErrors.length > 0) writePage(this.#pageAtStart);
    else if (modules.every(hasHeld)) return;
    const lines = modules.flatMap((module) => this.#linesOf(module));
    console.log(`\n${[...headLines(), ...lines].join('\n')}\n\n${PAGE} has only what ran whole and held.`);
  }

  #linesOf(module: TestModule): string[] {
    return linesOf(module, `${new Date().toISOString().slice(0, 10)}, ${this.#loadAtStart.toFixed(1)}`);
  }
}

/** Whether all of a file's trials ran, whole, and held. */
function hasHeld(module: TestModule): boolean {
  const trials = [...module.children.allTests()];
  return TRIALS_SHARE === 1 && trials.length > 0 && trials.every((trial) => trial.result().state === 'passed');
}

function readPage(): string {
  return readFileSync(join(ROOT, PAGE), 'utf8');
}

function writePage(page: string): void {
  writeFileSync(join(ROOT, PAGE), page);
}

/** Each file's rows begin with its name. */
function rowsOf(page: string): string[] {
  return page.split('\n').filter((line) => line.startsWith('| `'));
}

function isOf(row: string, files: readonly string[]): boolean {
  return files.some((file) => row.startsWith(`| \`${file}\` `));
}

function fileOf({ moduleId }: TestModule): string {
  return relative(ROOT, moduleId);
}

function headLines(): string[] {
  return markdownTable(HEADINGS, []).split('\n');
}

function linesOf(module: TestModule, when: string): string[] {
  const ran = [...module.children.allTests()].filter((trial) => trial.result().state !== 'skipped');
  const rows = ran.map((trial) => [...rowOf(trial), when]);
  return markdownTable(HEADINGS, rows).split('\n').slice(headLines().length);
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

function pageOf(table: string): string {
  return `# Trials

Each row is the last run of a trial that \`npm run trials\` made whole, as it was printed, and which held; \`npm run trials -- name\` runs
some, and writes their rows. They meet real faults in real time, on gateways, servers and proxies that are processes of their own.

- ${cpus()[0]?.model}, ${cpus().length} cores
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
