import { expect, test } from 'vitest';
import { inDirectory, inPostgres, type KilledStore, killAmongWrites } from '../support/kills.js';
import { drawSeed } from '../support/seeded-random.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';

/** Each begins with an empty state: what has to be compared grows with every kill. */
const SERIES = Math.ceil(20 * TRIALS_SHARE);
const KILLS_OF_SERIES = 50;
const KILLS = SERIES * KILLS_OF_SERIES;
const seed = drawSeed('KILL_SEED');

// Two gateways that are killed leave two cores time enough; neither has figures that depend on time.
test.concurrent.for<readonly [where: string, open: (directory: string) => Promise<KilledStore>]>([
  ['in its data directory', async (directory) => inDirectory(directory)],
  ['in PostgreSQL', async () => inPostgres(await newDatabaseUrl())],
])(
  `of ${KILLS} kills of a gateway among writes %s none loses what was acknowledged, or leaves what is half done`,
  {
    timeout: 7_200_000,
  },
  async ([, open], { annotate }) => {
    const lost: string[] = [];
    let [acknowledged, unanswered, happened] = [0, 0, 0];
    for (let series = 0; series < SERIES; series++) {
      await using directory = await createTemporaryDirectory();
      const report = await killAmongWrites(await open(directory.path), KILLS_OF_SERIES, seed + 100 * series);
      lost.push(...report.lost.map((what) => `series ${series}, ${what}`));
      acknowledged += report.acknowledged;
      unanswered += report.unanswered;
      happened += report.happenedUnanswered;
    }

    await reportTrial(annotate, {
      bound: 'none is lost, half done or done twice, no change without its audit event, no event without its change',
      worst: `${lost.length}; of ${unanswered} writes without an answer ${happened} had happened`,
      trials: `${acknowledged} acknowledged writes, ${KILLS} kills`,
    });
    expect(lost, `again with KILL_SEED=${seed}`).toEqual([]);
    expect(unanswered).toBeGreaterThan(KILLS);
  },
);
