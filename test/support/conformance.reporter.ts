import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { CONFORMANCE_REPORT_TYPE, type ConformanceReport } from './conformance-report.js';
import { markdownTable } from './markdown-table.js';

const PAGE = 'docs/conformance.md';
const ROOT = join(import.meta.dirname, '..', '..');

/** Prints what public suites and tools make of the gateway as one table, and writes the page where all of it is full. */
export class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const table = tableOf(tests);
    console.log(`\n${table}\n`);
    const isPassed = unhandledErrors.length === 0 && tests.every((test) => test.result().state === 'passed');
    const isFull = isPassed && areWhole(modules);
    if (isFull) writeFileSync(join(ROOT, PAGE), pageOf(table));
    const reason = isPassed ? 'only a part was run' : 'not everything passed';
    console.log(isFull ? `${PAGE} was written.` : `${PAGE} is left as it was: ${reason}.`);
  }
}

function areWhole(modules: readonly TestModule[]): boolean {
  return modules.length === globSync(modules[0]?.project.config.include ?? [], { cwd: ROOT }).length;
}

function tableOf(tests: readonly TestCase[]): string {
  const rows = tests.flatMap((test) =>
    test
      .annotations()
      .filter(({ type }) => type === CONFORMANCE_REPORT_TYPE)
      .map(({ message }) => {
        const { suite, version, score }: ConformanceReport = JSON.parse(message);
        const verdict = test.result().state === 'passed' ? '' : ', FAILED';
        return [suite, version, test.fullName.replaceAll(' > ', ' '), `${score}${verdict}`];
      }),
  );
  return markdownTable(['suite', 'version', 'what is promised', 'score'], rows.sort());
}

function pageOf(table: string): string {
  return `# Conformance

What follows is one run of \`npm run conformance\` as it was printed; the command writes this page when everything passed.
\`npm test\` runs the same suites, but for those that need a router or a linter of some hundred megabytes
(\`test/conformance/routers\`).

- ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}

${table}
`;
}
