import { expect, test } from 'vitest';
import { UpstreamCredentials } from '../../src/domain/connections/upstream-credentials.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { Secret } from '../../src/lib/secrets.js';
import { rotateKeys } from '../../src/rotate-keys.js';
import { openTestDatabase } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';

test('what does not open stays as it is, and holds up nothing behind it', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const old = KeyRing.generate();
  const [before, after] = [KeyRing.parse(old), KeyRing.parse(`${KeyRing.generate()},${old}`)];
  const owners = ['con_1', 'con_2', 'con_3'].map((id) => connectionRecord({ id }));
  const sealer = new UpstreamCredentials(before);
  await database.change('default', async (stores) => {
    for (const owner of owners) {
      await stores.connections.insert(owner);
      await sealer.save(stores.upstreamCredentials, owner, new Secret(`secret of ${owner.id}`));
    }
    await stores.upstreamCredentials.save('con_2', `${before.activeKid}.damaged`);
  });

  expect(await rotateKeys(database, after)).toEqual({ rotated: 2, unopened: ['con_2'] });
  const opener = new UpstreamCredentials(after);
  for (const owner of owners) {
    const found = opener.find(database.upstreamCredentials, owner).then((secret) => secret?.reveal());
    if (owner.id === 'con_2') await expect(found).rejects.toMatchObject({ code: 'INTERNAL' });
    else expect(await found).toBe(`secret of ${owner.id}`);
  }
  expect(await opener.find(database.upstreamCredentials, connectionRecord({ id: 'con_4' }))).toBeUndefined();
  expect(await rotateKeys(database, after)).toEqual({ rotated: 0, unopened: ['con_2'] });
});
