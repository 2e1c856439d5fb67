import { expect, test } from 'vitest';
import { findHalfDone, findRefusedOrRevived, settleChange } from '../support/acknowledged-checks.js';
import { AcknowledgedWriter } from '../support/acknowledged-writer.js';
import { type GatewayProcess, spawnGateway } from '../support/gateway-process.js';
import type { Target } from '../support/known-connection.js';
import { createRandom, drawSeed, EXPLORE_FACTOR } from '../support/seeded-random.js';
import { readStoredState, type StoredState } from '../support/stored-state.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

/** `npm run explore` does more of them, each time others. */
const ROUNDS = 5 * EXPLORE_FACTOR;
/** A round's kill comes after so many acknowledged writes at least, and at most so many more. */
const WRITES_MIN = 10;
const WRITES_MORE = 60;
/** … and up to so many ms behind the last of them, while the other writers' requests are under way. */
const DELAY_MS = 4;
const seed = drawSeed('KILL_SEED');

test(`of ${ROUNDS} kills among writes, none loses what was acknowledged or leaves what is half done`, async ({
  annotate,
}) => {
  await using directory = await createTemporaryDirectory();
  const random = createRandom(seed);
  const writers = ['a', 'b', 'c', 'd', 'e', 'f', 'key'].map(
    (name, index) =>
      new AcknowledgedWriter({
        name,
        random: createRandom(seed + index + 1),
        authenticationType: name === 'key' ? 'ACCESS_KEY' : 'OAUTH',
        asAdmin: index % 2 === 0,
      }),
  );
  const lost: string[] = [];
  const counts = { acknowledged: 0, unanswered: 0, happenedUnanswered: 0 };

  const note = (kills: number, found: readonly string[]) =>
    lost.push(...found.map((what) => `after ${kills} kills: ${what}`));
  let stored: StoredState | undefined;
  // The last start looks at what the last kill left, and writes nothing.
  for (let kills = 0; kills <= ROUNDS; kills++) {
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
    const round = await beginRound(
      gateway,
      directory.path,
      WRITES_MIN + random.below(WRITES_MORE),
      random.below(DELAY_MS),
    );
    if (stored !== undefined) note(kills, await findRefusedOrRevived(round.target, writers, stored));
    if (kills === ROUNDS) break;

    for (const writer of writers) await writer.repeatCreate(round.target);
    await Promise.all(writers.map((writer) => writer.run(round.target)));
    await gateway.ended;
    counts.acknowledged += round.acknowledged();
    for (const writer of writers) if (writer.unanswered ?? writer.unansweredCreate) counts.unanswered++;
    stored = await readStoredState(directory.path);
    for (const writer of writers) if (settleChange(writer, stored)) counts.happenedUnanswered++;
    note(kills + 1, findHalfDone(stored, writers));
  }

  const figures = `${JSON.stringify(counts)}, lost or half done: ${lost.length}; again with KILL_SEED=${seed}`;
  await annotate(figures);
  expect(lost, figures).toEqual([]);
  // The kills came among writes, or this has proven nothing.
  expect(counts.acknowledged, figures).toBeGreaterThanOrEqual(ROUNDS * WRITES_MIN);
  expect(counts.unanswered, figures).toBeGreaterThan(ROUNDS);
});

/** A target for the writers that is killed, among their writes, when so many were acknowledged. */
async function beginRound(gateway: GatewayProcess, dataDirectory: string, writes: number, delayMs: number) {
  let acknowledged = 0;
  let killed = false;
  const kill = () => {
    killed = true;
    gateway.kill('SIGKILL');
  };
  const target: Target = {
    url: gateway.url,
    admin: await userOfProcess(gateway.url, dataDirectory),
    isKilled: () => killed,
    // fetch says of a connection that broke: TypeError.
    isUnanswered: (error) => killed && error instanceof TypeError,
    acknowledged: () => {
      if (++acknowledged === writes) setTimeout(kill, delayMs);
    },
  };
  return { target, acknowledged: () => acknowledged };
}
