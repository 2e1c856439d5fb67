import { expect, test } from 'vitest';
import { ChangeQueue } from '../../../src/domain/connections/change-queue.js';
import { auditEventRecord } from '../../support/records.js';

test('a follower that leaves the changes of a thousand connections unread is told to look for itself', async () => {
  const ended: ChangeQueue[] = [];
  const queue = new ChangeQueue((each) => ended.push(each));
  for (let sequence = 1; sequence <= 1_000; sequence++) {
    queue.push({ ...auditEventRecord({ target: `con_${sequence}` }), sequence });
  }
  expect(ended).toEqual([]);
  queue.push({ ...auditEventRecord({ target: 'con_1001' }), sequence: 1_001 });

  expect(ended).toEqual([queue]);
  await expect(queue.next()).rejects.toThrow('A dependency is down');
});
