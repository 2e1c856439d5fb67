import { expect, test } from 'vitest';
import { MemorySharedTokenStore } from '../../../src/stores/memory/shared-token.memory.js';
import { sharedTokenRecord } from '../../support/records.js';

/** As many as the store keeps. */
const ENTRIES_MAX = 10_000;
const LEASE_MS = 60_000;

async function lease(bearers: MemorySharedTokenStore, connectionId: string): Promise<number> {
  const acquired = await bearers.acquire(connectionId, undefined, LEASE_MS);
  if (!('leasedFence' in acquired)) throw new Error(`no lease: ${JSON.stringify(acquired)}`);
  return acquired.leasedFence;
}

async function push(bearers: MemorySharedTokenStore, connections: number): Promise<void> {
  for (let index = 0; index < connections; index++) {
    const connectionId = `con_other_${index}`;
    const acquired = await bearers.acquire(connectionId, undefined, LEASE_MS);
    if ('leasedFence' in acquired) await bearers.keep(connectionId, sharedTokenRecord(acquired.leasedFence));
  }
}

test('of the bearers of ever more connections so many are kept, and the oldest is dropped', async () => {
  const bearers = new MemorySharedTokenStore();
  await bearers.keep('con_1', sharedTokenRecord(await lease(bearers, 'con_1')));
  await push(bearers, ENTRIES_MAX - 1);
  expect(await bearers.acquire('con_1', undefined, LEASE_MS)).toHaveProperty('kept');

  await push(bearers, ENTRIES_MAX);

  expect(await bearers.acquire('con_1', undefined, LEASE_MS)).toHaveProperty('leasedFence');
});

test('who holds a lease that was dropped overwrites nothing of who was given one since', async () => {
  const bearers = new MemorySharedTokenStore();
  const late = await lease(bearers, 'con_1');
  await push(bearers, ENTRIES_MAX);
  const fence = await lease(bearers, 'con_1');

  expect(await bearers.keep('con_1', sharedTokenRecord(late))).toBe(false);
  expect(await bearers.keep('con_1', sharedTokenRecord(fence))).toBe(true);
  expect(await bearers.keep('con_1', sharedTokenRecord(late))).toBe(false);
});
