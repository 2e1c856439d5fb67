import { describe } from 'vitest';
import { openTestDatabase } from '../support/embedded-database.js';
import { describeEveryStore } from './every-store.contract.js';

describe('the embedded database', () => {
  const open = async () => {
    const opened = await openTestDatabase();
    return { ...opened, openAnother: async () => opened.database };
  };
  describeEveryStore(open);
});
