import { describe, inject } from 'vitest';
import { newReplicatedPlace, openReplica } from '../support/replicated-database.js';
import { describeAuditStore } from './audit.store.contract.js';
import { describeCallCounter } from './call.counter.contract.js';
import { describeConnectionStore } from './connection.store.contract.js';
import { describeConnectionCaps } from './connection-caps.contract.js';
import { describeConnectionChanges } from './connection-changes.contract.js';
import { describeDatabase } from './database.contract.js';
import { describeOrganizationStore } from './organization.store.contract.js';
import { describeSharedTokenStore } from './shared-token.store.contract.js';
import { describeSignInStore } from './sign-in.store.contract.js';
import { describeTokenStore } from './token.store.contract.js';
import { describeUpstreamCredentialStore } from './upstream-credential.store.contract.js';
import { describeUsageStore } from './usage.store.contract.js';

const SERVERS = [
  { of: 'npm', url: inject('postgresUrl') },
  { of: 'the system', url: inject('systemPostgresUrl') },
].filter(({ url }) => url !== undefined);

describe.each(SERVERS)("the replicated database on $of's PostgreSQL", ({ url }) => {
  const open = async () => {
    await using stack = new AsyncDisposableStack();
    const place = await newReplicatedPlace(url);
    const { database } = stack.use(await openReplica(place));
    const opened = stack.move();
    return {
      database,
      openAnother: async () => opened.use(await openReplica(place)).database,
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  };
  describeDatabase(open);
  describeOrganizationStore(open);
  describeConnectionStore(open);
  describeConnectionChanges(open);
  describeConnectionCaps(open);
  describeTokenStore(open);
  describeAuditStore(open);
  describeSignInStore(open);
  describeUsageStore(open);
  describeUpstreamCredentialStore(open);
  describeSharedTokenStore(open);
  describeCallCounter(open);
});
