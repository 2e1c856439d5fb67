import { hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/domain/connections/connection.js';
import { UpstreamCredentials } from '../../../src/domain/connections/upstream-credentials.js';
import { encrypt } from '../../../src/lib/encryption.js';
import { KeyRing } from '../../../src/lib/key-ring.js';
import { Secret } from '../../../src/lib/secrets.js';
import { connectionRecord } from '../../support/records.js';
import { openServices } from '../../support/services.js';

const TEXT = 'a secret of the tenant';

/** A connection, its sealed secret, and whether a sealed text opens for an owner. */
async function sealOne(keys = KeyRing.generate()) {
  await using services = await openServices();
  const credentials = new UpstreamCredentials(KeyRing.parse(keys));
  const owner = connectionRecord();
  const { database } = services;
  await database.change('default', async (stores) => {
    await stores.connections.insert(owner);
    await credentials.save(stores.upstreamCredentials, owner, new Secret(TEXT));
  });
  expect((await credentials.find(database.upstreamCredentials, owner))?.reveal()).toBe(TEXT);
  const sealed = (await database.upstreamCredentials.find(owner.id)) ?? '';
  const opens = (as: Pick<Connection, 'id' | 'organizationId' | 'authenticationType'>, text = sealed) => {
    try {
      return credentials.open(as, text).reveal() === TEXT;
    } catch (error) {
      expect(error).toMatchObject({ code: 'INTERNAL' });
      expect(String((error as { detail?: string }).detail)).not.toContain(TEXT);
      return false;
    }
  };
  return { owner, sealed, opens, keys };
}

describe('a credential that was sealed does not open', () => {
  test('for another connection, another organisation or another field', async () => {
    const { owner, opens } = await sealOne();
    expect(opens(owner)).toBe(true);
    expect(opens({ ...owner, id: 'con_other' })).toBe(false);
    expect(opens({ ...owner, organizationId: 'other' })).toBe(false);
    expect(opens({ ...owner, authenticationType: 'ACCESS_KEY' })).toBe(false);
  });

  test('under another key, and under the name of another key', async () => {
    const keys = `k1:${'A'.repeat(43)},k2:${'A'.repeat(42)}E`;
    const { owner, sealed, opens } = await sealOne(keys);
    expect(sealed.startsWith('k1.')).toBe(true);
    expect(opens(owner, sealed.replace('k1.', 'k2.'))).toBe(false);
    expect(opens(owner, sealed.replace('k1.', 'k3.'))).toBe(false);
    const same = KeyRing.parse(`k2:${'A'.repeat(43)}`);
    expect(same.open('upstream-credential', sealed.replace('k1.', 'k2.'), contextOf(owner))).toBeUndefined();
  });

  test('as of another version of what it is bound to', async () => {
    const root = Buffer.alloc(32, 7);
    const ring = KeyRing.parse(`k1:${root.toString('base64url')}`);
    const owner = connectionRecord();
    const key = Buffer.from(hkdfSync('sha256', root, '', 'latchkey/v1/upstream-credential', 32));
    const sealAs = (version: string) =>
      `k1.${encrypt(key, new Secret(TEXT), `${version}|k1|upstream-credential|${contextOf(owner)}`)}`;
    expect(ring.open('upstream-credential', sealAs('v1'), contextOf(owner))?.reveal()).toBe(TEXT);
    expect(ring.open('upstream-credential', sealAs('v2'), contextOf(owner))).toBeUndefined();
  });

  test('for another use of the key ring', async () => {
    const { owner, sealed, keys } = await sealOne();
    expect(KeyRing.parse(keys).open('bearer-encryption', sealed, contextOf(owner))).toBeUndefined();
  });

  test('with any one bit changed, with anything cut off or added', async () => {
    const { owner, sealed, opens } = await sealOne();
    const [kid = '', encoded = ''] = sealed.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        expect(opens(owner, `${kid}.${changed.toString('base64url')}`)).toBe(false);
      }
    }
    for (let end = 0; end < sealed.length; end++) expect(opens(owner, sealed.slice(0, end))).toBe(false);
    for (const added of ['A', '=', '.', ' ']) expect(opens(owner, sealed + added)).toBe(false);
  });
});

function contextOf({ organizationId, id }: Connection): string {
  return `${organizationId}|${id}|client-secret`;
}
