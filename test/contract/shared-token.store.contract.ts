import { describe, expect, test } from 'vitest';
import type { SharedToken, SharedTokenStore } from '../../src/domain/tokens/shared-token.store.js';
import { sharedTokenRecord } from '../support/records.js';
import type { OpenDatabase } from './open-database.js';

const LEASE_MS = 60_000;

/** The fence of the lease that is given; fails where none is. */
async function lease(
  sharedTokens: SharedTokenStore,
  connectionId: string,
  wanting?: number,
  leaseMs = LEASE_MS,
): Promise<number> {
  const acquired = await sharedTokens.acquire(connectionId, wanting, leaseMs);
  if (!('leasedFence' in acquired)) throw new Error(`no lease: ${JSON.stringify(acquired)}`);
  return acquired.leasedFence;
}

/** A bearer as tests compare it: the secret itself prints as nothing. */
function plain({ accessToken, ...rest }: SharedToken) {
  return { ...rest, accessToken: accessToken.reveal() };
}

async function kept(sharedTokens: SharedTokenStore, connectionId: string, wanting?: number) {
  const acquired = await sharedTokens.acquire(connectionId, wanting, LEASE_MS);
  return 'kept' in acquired ? plain(acquired.kept) : acquired;
}

export function describeSharedTokenStore(open: OpenDatabase): void {
  describe('SharedTokenStore', () => {
    test('where there is no bearer one caller is given the lease, and the others how long it may last', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;

      const acquired = await Promise.all(
        Array.from({ length: 50 }, () => sharedTokens.acquire('con_1', undefined, LEASE_MS)),
      );

      expect(acquired.filter((one) => 'leasedFence' in one)).toHaveLength(1);
      const held = acquired.flatMap((one) => ('heldForMs' in one ? one.heldForMs : []));
      expect(held).toHaveLength(49);
      for (const ms of held) {
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(LEASE_MS);
      }
    });

    test('what is kept under the lease is what everybody is given, and the lease is over', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;
      const bearer = sharedTokenRecord(await lease(sharedTokens, 'con_1'), { generation: 7 });

      expect(await sharedTokens.keep('con_1', bearer)).toBe(true);

      expect(await kept(sharedTokens, 'con_1')).toEqual(plain(bearer));
      expect(await kept(sharedTokens, 'con_1', bearer.fence - 1)).toEqual(plain(bearer));
      // Whoever has found it wanting may mint the next one at once.
      expect(await lease(sharedTokens, 'con_1', bearer.fence)).toBeGreaterThan(bearer.fence);
    });

    test('while the next is minted, who knows nothing of the bearer’s being wanting is given it', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;
      const first = sharedTokenRecord(await lease(sharedTokens, 'con_1'));
      await sharedTokens.keep('con_1', first);
      const next = await lease(sharedTokens, 'con_1', first.fence);

      expect(await kept(sharedTokens, 'con_1')).toEqual(plain(first));
      expect(await kept(sharedTokens, 'con_1', first.fence)).toHaveProperty('heldForMs');
      const second = sharedTokenRecord(next);
      await sharedTokens.keep('con_1', second);
      expect(await kept(sharedTokens, 'con_1', first.fence)).toEqual(plain(second));
    });

    test('a lease that has run out is given to another, and its late holder overwrites nothing', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;
      const late = await lease(sharedTokens, 'con_1', undefined, 1);
      let acquired = await sharedTokens.acquire('con_1', undefined, LEASE_MS);
      while ('heldForMs' in acquired) acquired = await sharedTokens.acquire('con_1', undefined, LEASE_MS);
      const fence = 'leasedFence' in acquired ? acquired.leasedFence : 0;
      expect(fence).toBeGreaterThan(late);

      // Before the later holder is done, and after.
      expect(await sharedTokens.keep('con_1', sharedTokenRecord(late))).toBe(false);
      const bearer = sharedTokenRecord(fence);
      expect(await sharedTokens.keep('con_1', bearer)).toBe(true);
      expect(await sharedTokens.keep('con_1', sharedTokenRecord(late))).toBe(false);

      expect(await kept(sharedTokens, 'con_1')).toEqual(plain(bearer));
    });

    test('a lease that was given back is given to the next at once; one that is over cannot be given back', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;
      const first = await lease(sharedTokens, 'con_1');
      await sharedTokens.release('con_1', first);
      const second = await lease(sharedTokens, 'con_1');

      await sharedTokens.release('con_1', first);

      expect(await kept(sharedTokens, 'con_1')).toHaveProperty('heldForMs');
      expect(await sharedTokens.keep('con_1', sharedTokenRecord(second))).toBe(true);
    });

    test('connections have nothing to do with each other', async () => {
      await using opened = await open();
      const { sharedTokens } = opened.database;
      const [one, other] = [
        sharedTokenRecord(await lease(sharedTokens, 'con_1')),
        sharedTokenRecord(await lease(sharedTokens, 'con_2')),
      ];
      await sharedTokens.keep('con_1', one);
      await sharedTokens.keep('con_2', other);

      expect(await kept(sharedTokens, 'con_1')).toEqual(plain(one));
      expect(await kept(sharedTokens, 'con_2')).toEqual(plain(other));
      await lease(sharedTokens, 'con_3');
    });
  });
}
