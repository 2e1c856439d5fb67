import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import { ConformanceReporter } from './test/support/conformance.reporter.js';
import { LongFirstSequencer } from './test/support/long-first.sequencer.js';
import { TrialsReporter } from './test/support/trials.reporter.js';

/**
 * What each mode runs: `npm test`, `npm run conformance` (public suites, beside the matrix of rules; what is called
 * `*.conformance.ts` needs the packages of test/conformance/routers), `npm run trials` (real time, faults, minutes),
 * `npm run explore` (random search) and `npm run screenshots` (pictures for docs).
 */
const INCLUDED: Record<string, string[]> = {
  test: ['test/**/*.test.ts'],
  conformance: [
    'test/conformance/*.test.ts',
    'test/conformance/*.conformance.ts',
    'test/graphql/{policy,auth-matrix,entities,entity-references}.test.ts',
  ],
  trials: ['test/trials/**/*.trial.ts'],
  screenshots: ['test/console/*.capture.ts'],
  explore: ['test/property/**/*.test.ts', 'test/unit/**/{cidr,revocation}.test.ts', 'test/e2e/kill.test.ts'],
};
/** What has to be there before the tests run, by the file of test/support that sees to it. */
const PREPARED = ['packaged-postgres', 'required-binaries', 'shared-servers'];
/** Which write their pages. */
const REPORTERS: Record<string, () => Reporter[]> = {
  conformance: () => [new ConformanceReporter()],
  trials: () => [new TrialsReporter()],
};
/** How many times as long as `npm test` the search goes on. */
const EXPLORE_FACTOR = process.env.EXPLORE_FACTOR ?? '20';
/** No promise is about time here: a busy machine may take as long as this. */
const PATIENCE_MS = 120_000;

export default defineConfig(({ mode }) => ({
  // Vite would read graphql's ESM twin beside the CommonJS files that Node gives to every library: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: INCLUDED[mode] ?? [],
    env: mode === 'explore' ? { EXPLORE_FACTOR } : {},
    globalSetup: [...PREPARED, ...(mode === 'conformance' ? ['router-packages'] : [])].map(
      (name) => `test/support/${name}.ts`,
    ),
    setupFiles: ['test/support/property-seed.ts'],
    reporters: ['default', ...(process.env.CI ? ['json'] : []), ...(REPORTERS[mode]?.() ?? [])],
    outputFile: { json: 'test-results.json' },
    testTimeout: mode === 'explore' ? PATIENCE_MS * Number(EXPLORE_FACTOR) : PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    sequence: { sequencer: LongFirstSequencer },
    pool: 'forks',
    // A worker runs its files one after the other in one process: loading everything anew for each took half of the time.
    isolate: false,
    // Left to itself vitest leaves a core to others. The trials measure times, and are alone.
    maxWorkers: mode === 'trials' ? 1 : 2,
    coverage: {
      // V8's own counts slow down all code, not only what is included: some files took three times as long.
      provider: 'istanbul',
      include: ['src/domain/**'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { branches: 95, lines: 95, functions: 95, statements: 95 },
    },
  },
}));
