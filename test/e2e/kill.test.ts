import { expect, test } from 'vitest';
import { inDirectory, killAmongWrites, WRITES_MIN } from '../support/kills.js';
import { drawSeed, EXPLORE_FACTOR } from '../support/seeded-random.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** `npm run explore` does more of them, each time others. */
const ROUNDS = 5 * EXPLORE_FACTOR;
const seed = drawSeed('KILL_SEED');

test(`of ${ROUNDS} kills among writes, none loses what was acknowledged or leaves what is half done`, async ({
  annotate,
}) => {
  await using directory = await createTemporaryDirectory();
  const { lost, ...counts } = await killAmongWrites(inDirectory(directory.path), ROUNDS, seed);

  const figures = `${JSON.stringify(counts)}, lost or half done: ${lost.length}; again with KILL_SEED=${seed}`;
  await annotate(figures);
  expect(lost, figures).toEqual([]);
  // The kills came among writes, or this has proven nothing.
  expect(counts.acknowledged, figures).toBeGreaterThanOrEqual(ROUNDS * WRITES_MIN);
  expect(counts.unanswered, figures).toBeGreaterThan(ROUNDS);
});
