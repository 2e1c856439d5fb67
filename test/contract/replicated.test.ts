import { describe, inject, test } from 'vitest';
import { newCopiedUrl, newGrantedUrl } from '../support/copied-database.js';
import { behindPgbouncer, newRedisUrl } from '../support/shared-servers.js';
import { describeEveryStore } from './every-store.contract.js';
import { openReplicas } from './open-replicas.js';

const systemUrl = inject('systemPostgresUrl');

/**
 * Where a new database is made; one that is not installed is left out, and said to be. On the first, the suites' user has
 * no right but those that a start asks for: they suffice for everything.
 */
const SERVERS = [
  { name: 'the PostgreSQL that npm brought', isThere: true, newUrl: newGrantedUrl },
  { name: "the system's PostgreSQL", isThere: systemUrl !== undefined, newUrl: () => newCopiedUrl(systemUrl) },
  {
    name: 'pgbouncer in transaction mode',
    isThere: inject('pgbouncerPort') !== undefined,
    newUrl: async () => behindPgbouncer(await newCopiedUrl()),
  },
];

describe.for(SERVERS)('the replicated database on $name', ({ isThere, newUrl }) => {
  if (!isThere) {
    test.skip('is left out: it is not installed');
    return;
  }
  const open = async () => openReplicas({ databaseUrl: await newUrl(), redisUrl: await newRedisUrl() });
  describeEveryStore(open);
});
