import { describeAuditFeed } from './audit.feed.contract.js';
import { describeAuditStore } from './audit.store.contract.js';
import { describeCallCounter } from './call.counter.contract.js';
import { describeConnectionFeed } from './connection.feed.contract.js';
import { describeConnectionStore } from './connection.store.contract.js';
import { describeConnectionCaps } from './connection-caps.contract.js';
import { describeConnectionChanges } from './connection-changes.contract.js';
import { describeDatabase } from './database.contract.js';
import type { OpenDatabase } from './open-database.js';
import { describeOrganizationStore } from './organization.store.contract.js';
import { describeSessionStore } from './session.store.contract.js';
import { describeSharedTokenStore } from './shared-token.store.contract.js';
import { describeSignInStore } from './sign-in.store.contract.js';
import { describeTokenStore } from './token.store.contract.js';
import { describeUpstreamCredentialStore } from './upstream-credential.store.contract.js';
import { describeUsageStore } from './usage.store.contract.js';

/** All that a database promises, by each of its ports. */
export function describeEveryStore(open: OpenDatabase): void {
  describeDatabase(open);
  describeOrganizationStore(open);
  describeConnectionStore(open);
  describeConnectionChanges(open);
  describeConnectionCaps(open);
  describeTokenStore(open);
  describeAuditStore(open);
  describeAuditFeed(open);
  describeConnectionFeed(open);
  describeSignInStore(open);
  describeSessionStore(open);
  describeUsageStore(open);
  describeUpstreamCredentialStore(open);
  describeSharedTokenStore(open);
  describeCallCounter(open);
}
