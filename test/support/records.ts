import type { AuditEvent } from '../../src/domain/audit/audit-event.js';
import type { Connection, ConnectionSecret } from '../../src/domain/connections/connection.js';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';
import type { SharedToken } from '../../src/domain/tokens/shared-token.store.js';
import { newId, randomBase62 } from '../../src/lib/ids.js';
import { generateSecret } from '../../src/lib/secrets.js';

/** The instant that records are of where a test does not care: 2026-01-01. */
export const SOME_INSTANT = Date.UTC(2026, 0, 1);

/** A secret as it is kept, for tests that write records to a store directly. */
export function secretRecord(given: Partial<ConnectionSecret> = {}): ConnectionSecret {
  return {
    id: newId('sec'),
    state: 'CURRENT',
    digest: { kid: 'k1', value: randomBase62(43) },
    prefix: 'lkcs_abcd',
    last4: 'wxyz',
    createdAt: SOME_INSTANT,
    lastUsedAt: undefined,
    expiresAt: undefined,
    ...given,
  };
}

/** An OAuth connection of the organisation `default`, unless told otherwise, with a name of its own. */
export function connectionRecord(given: Partial<Connection> = {}): Connection {
  const id = given.id ?? newId('con');
  const authenticationType = given.authenticationType ?? 'OAUTH';
  return {
    id,
    organizationId: 'default',
    name: `connection ${id}`,
    connector: 'GAINSIGHT_API',
    authenticationType,
    status: 'ACTIVE',
    clientId: authenticationType === 'OAUTH' ? newId('lkid') : undefined,
    generation: 1,
    allowedCidrs: [],
    createdAt: SOME_INSTANT,
    createdBy: 'user:tester',
    updatedAt: SOME_INSTANT,
    lastUsedAt: undefined,
    secrets: [secretRecord()],
    ...given,
  };
}

/** A token that was issued to `connection` and lives for a day. */
export function tokenRecord(connection: Connection, given: Partial<AccessToken> = {}): AccessToken {
  const issuedAt = given.issuedAt ?? SOME_INSTANT;
  return {
    id: newId('tok'),
    digest: randomBase62(43),
    organizationId: connection.organizationId,
    connectionId: connection.id,
    clientId: connection.clientId ?? '',
    generation: connection.generation,
    issuedAt,
    expiresAt: issuedAt + 86_400_000,
    lastUsedAt: undefined,
    ...given,
  };
}

/** A shared token that was minted under a lease and lives for a day. */
export function sharedTokenRecord(fence: number, given: Partial<SharedToken> = {}): SharedToken {
  const life = { issuedAt: SOME_INSTANT, expiresAt: SOME_INSTANT + 86_400_000 };
  return { accessToken: generateSecret('accessToken'), generation: 1, ...life, fence, ...given };
}

export function auditEventRecord(given: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: newId('aud'),
    organizationId: 'default',
    at: SOME_INSTANT,
    actor: 'user:tester',
    action: 'connection.created',
    target: 'con_1',
    outcome: 'success',
    detail: undefined,
    ...given,
  };
}
