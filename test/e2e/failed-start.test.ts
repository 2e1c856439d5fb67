import { expect, test } from 'vitest';
import { runSql } from '../support/embedded-database.js';
import { startTestGateway } from '../support/gateway.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

/** What would keep this process alive, by kind. */
const heldBy = (kind: string) => process.getActiveResourcesInfo().filter((name) => name === kind).length;

test('a start that fails at its very end leaves no timer and no listener', async () => {
  await using directory = await createTemporaryDirectory();
  const config = { dataDirectory: directory.path };
  await (await startTestGateway({ config }))[Symbol.asyncDispose]();
  await runSql(directory.path, 'drop table sign_ins');
  const [timers, listeners] = [heldBy('Timeout'), heldBy('TCPServerWrap')];

  await expect(startTestGateway({ config })).rejects.toThrow('sign_ins');
  await until('nothing is held any more', () => heldBy('Timeout') <= timers && heldBy('TCPServerWrap') <= listeners, {
    withinMs: 10_000,
  });
  // The database is closed too: another gateway may have it.
  await expect(startTestGateway({ config })).rejects.toThrow('sign_ins');
});
