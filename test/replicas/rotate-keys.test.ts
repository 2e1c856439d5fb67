import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UpstreamCredentials } from '../../src/domain/connections/upstream-credentials.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { Secret } from '../../src/lib/secrets.js';
import { runCommand } from '../support/gateway-process.js';
import { connectionRecord } from '../support/records.js';
import { newReplicatedPlace, openReplica } from '../support/replicated-database.js';
import { until } from '../support/until.js';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
/** So many organisations with an access key each that the command is still at it when it is killed. */
const CREDENTIALS = 500;

test('rotate-keys that is killed in the middle and run again leaves every credential under the new key, and none that was replaced meanwhile undone', async () => {
  const place = await newReplicatedPlace();
  const old = KeyRing.generate();
  const next = `${KeyRing.generate()},${old}`;
  const [before, after] = [KeyRing.parse(old), KeyRing.parse(next)];
  await using replica = await openReplica(place, { keyRing: before });
  const { database } = replica;
  const ids = Array.from({ length: CREDENTIALS }, (_, index) => `org-${index}`);
  await database.organizations.save(ids.map((id) => ({ id, issuer: 'LOCAL' })));
  const owners = ids.map((organizationId) =>
    connectionRecord({ organizationId, authenticationType: 'ACCESS_KEY', secrets: [] }),
  );
  const sealer = new UpstreamCredentials(before);
  for (const owner of owners) {
    await database.change(owner.organizationId, async (stores) => {
      await stores.connections.insert(owner);
      await sealer.save(stores.upstreamCredentials, owner, new Secret(`secret of ${owner.id}`));
    });
  }
  const link = (owner: (typeof owners)[number]) =>
    database.change(owner.organizationId, ({ upstreamCredentials }) =>
      new UpstreamCredentials(after).save(upstreamCredentials, owner, new Secret('its next secret')),
    );
  const left = async () =>
    (await database.upstreamCredentials.listSealedOtherwise(after.activeKid, '', CREDENTIALS)).length;
  const env = {
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    LATCHKEY_KEYS: next,
    LATCHKEY_LOG_LEVEL: 'error',
  };

  const command = spawn(process.execPath, [CLI, 'rotate-keys'], { env: { ...process.env, ...env }, stdio: 'ignore' });
  await until('some are sealed anew', async () => (await left()) < CREDENTIALS - 20);
  command.kill('SIGKILL');
  await once(command, 'exit');
  const leftByKill = await left();
  expect(leftByKill).toBeGreaterThan(0);

  const [replaced] = owners;
  if (replaced === undefined) throw new Error('no connection');
  await link(replaced);
  const again = await runCommand(['rotate-keys'], { env });
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(new RegExp(`^Encrypted \\d+ credentials anew under ${after.activeKid}\\.\n$`));
  expect(await left()).toBe(0);
  await database.change(replaced.organizationId, ({ upstreamCredentials }) =>
    upstreamCredentials.save(replaced.id, `${before.activeKid}.damaged`),
  );
  const refused = await runCommand(['rotate-keys'], { env });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(replaced.id) });
  await link(replaced);
  const opener = new UpstreamCredentials(KeyRing.parse(next.split(',')[0] ?? ''));
  for (const owner of owners) {
    const wanted = owner === replaced ? 'its next secret' : `secret of ${owner.id}`;
    expect((await opener.find(database.upstreamCredentials, owner))?.reveal()).toBe(wanted);
  }
  expect(await runCommand(['rotate-keys'], { env })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Encrypted 0 /),
  });
});
