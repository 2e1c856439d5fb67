import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';

/** Tells the reports that conformance.reporter.ts reads from other annotations. */
export const CONFORMANCE_REPORT_TYPE = 'conformance';

/** A row of the table of `npm run conformance`. */
export interface ConformanceReport {
  /** The public suite or tool, as npm has it. */
  readonly suite: string;
  readonly version: string;
  readonly score: string;
}

const require = createRequire(import.meta.url);
/** Where suites are installed: with everything else, or for `npm run conformance` alone. */
const INSTALLED_IN = [import.meta.dirname, join(import.meta.dirname, '..', 'conformance', 'routers')];

/**
 * Reports before anything is expected, so that the score of a suite that fails is known too. A suite that npm does not have
 * comes with its version.
 */
export async function reportConformance(
  annotate: TestContext['annotate'],
  suite: string | Omit<ConformanceReport, 'score'>,
  { passed, of }: { readonly passed: number; readonly of: number },
): Promise<void> {
  const known = typeof suite === 'string' ? { suite, version: versionOf(suite) } : suite;
  const report: ConformanceReport = { ...known, score: `${passed} of ${of}` };
  await annotate(JSON.stringify(report), CONFORMANCE_REPORT_TYPE);
}

/** The installed version; many packages do not export their package.json, so it is looked for above their entry. */
function versionOf(name: string): string {
  for (
    let directory = dirname(require.resolve(name, { paths: INSTALLED_IN }));
    directory !== '/';
    directory = dirname(directory)
  ) {
    try {
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, string>;
      if (manifest.name === name && manifest.version !== undefined) return manifest.version;
    } catch {
      // There is none here.
    }
  }
  throw new Error(`${name} is not installed`);
}
