import type { Selectable } from 'kysely';
import type { Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { nameKey } from '../../domain/connections/connection-name.js';
import type { ConnectionSecretTable, ConnectionTable } from './schema.js';

export function toConnectionRow(connection: Connection): Omit<ConnectionTable, 'slot'> {
  return {
    id: connection.id,
    organization_id: connection.organizationId,
    name: connection.name,
    name_key: nameKey(connection.name),
    connector: connection.connector,
    authentication_type: connection.authenticationType,
    status: connection.status,
    client_id: connection.clientId ?? null,
    generation: connection.generation,
    allowed_cidrs: JSON.stringify(connection.allowedCidrs),
    created_at: connection.createdAt,
    created_by: connection.createdBy,
    updated_at: connection.updatedAt,
    last_used_at: connection.lastUsedAt ?? null,
  };
}

export function toSecretRow(connectionId: string, secret: ConnectionSecret): ConnectionSecretTable {
  return {
    id: secret.id,
    connection_id: connectionId,
    state: secret.state,
    digest: secret.digest.value,
    digest_kid: secret.digest.kid,
    prefix: secret.prefix,
    last4: secret.last4,
    created_at: secret.createdAt,
    expires_at: secret.expiresAt ?? null,
    last_used_at: secret.lastUsedAt ?? null,
  };
}

type SecretColumns = {
  readonly [Column in keyof ConnectionSecretTable as `secret_${Column}`]: ConnectionSecretTable[Column];
};

/** A connection's row beside one of its secrets; the secret's columns are null where there is none. */
export type JoinedRow = Selectable<ConnectionTable> & (SecretColumns | Record<keyof SecretColumns, null>);

/** The connections of joined rows, in the order of the rows, as are each connection's secrets. */
export function toConnections(rows: readonly JoinedRow[]): Connection[] {
  const rowsOf = Map.groupBy(rows, ({ id }) => id);
  return [...rowsOf.values()].map((joined) => toConnection(joined[0] as JoinedRow, joined.flatMap(toSecrets)));
}

function toConnection(row: Selectable<ConnectionTable>, secrets: ConnectionSecret[]): Connection {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    connector: row.connector,
    authenticationType: row.authentication_type,
    status: row.status,
    clientId: row.client_id ?? undefined,
    generation: row.generation,
    allowedCidrs: JSON.parse(row.allowed_cidrs) as string[],
    createdAt: row.created_at,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at ?? undefined,
    secrets,
  };
}

function toSecrets(row: SecretColumns | Record<keyof SecretColumns, null>): ConnectionSecret[] {
  if (row.secret_id === null) return [];
  return [
    {
      id: row.secret_id,
      state: row.secret_state,
      digest: { kid: row.secret_digest_kid, value: row.secret_digest },
      prefix: row.secret_prefix,
      last4: row.secret_last4,
      createdAt: row.secret_created_at,
      lastUsedAt: row.secret_last_used_at ?? undefined,
      expiresAt: row.secret_expires_at ?? undefined,
    },
  ];
}
