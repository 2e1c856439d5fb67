import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..', '..');
/**
 * Short files whose tests take long: a suite that stands elsewhere, an installation, crashes. Of what vitest has not run
 * before, as on a clean checkout, it starts the largest files first, and these would run on alone at the end.
 */
const LONG = [
  'test/contract/replicated.test.ts',
  'test/property/limits/decisions.test.ts',
  'test/contract/postgresql.test.ts',
  'test/e2e/production-install.test.ts',
  'test/e2e/npm-start.test.ts',
  'test/replicas/crash.test.ts',
  'test/contract/call-logs.test.ts',
  'test/contract/redis-cluster.test.ts',
].map((path) => join(ROOT, path));

/** Starts the long files first, and all others in vitest's own order. */
export class LongFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = LONG.filter((path) => !existsSync(path));
    if (gone.length > 0) throw new Error(`test/support/long-first.sequencer.ts names what is not there: ${gone}`);
    const placeOf = ({ moduleId }: TestSpecification) =>
      LONG.includes(moduleId) ? LONG.indexOf(moduleId) : LONG.length;
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
