import type { TestContext } from 'vitest';

/** The share of its trials, or of its time, that each trial is given, to try it out. docs/trials.md tells of whole ones. */
export const TRIALS_SHARE = Number(process.env.TRIALS_SHARE ?? 1);

/** Tells the reports that trials.reporter.ts reads from other annotations. */
export const REPORT_TYPE = 'trial';

/** What a row of docs/trials.md says of a trial, besides what is promised, which is the test's name, and how long it took. */
export interface TrialReport {
  readonly bound: string;
  readonly worst: string;
  /** How many trials, and of what. */
  readonly trials: string;
}

/** Reports before anything is expected, so that the figures of a trial that fails are known too. */
export async function reportTrial(
  annotate: TestContext['annotate'],
  report: TrialReport,
  details?: string,
): Promise<void> {
  await annotate(JSON.stringify(report), REPORT_TYPE);
  if (details !== undefined) console.log(details);
}
