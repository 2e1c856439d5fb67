import type { Selectable } from 'kysely';
import type { Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { nameKey } from '../../domain/connections/connection-name.js';
import type { ConnectionSecretTable, ConnectionTable } from './schema.js';

export function toConnectionRow(connection: Connection, slot: number | null): ConnectionTable {
  return {
    id: connection.id,
    organization_id: connection.organizationId,
    name: connection.name,
    name_key: nameKey(connection.name),
    connector: connection.connector,
    authentication_type: connection.authenticationType,
    status: connection.status,
    client_id: connection.clientId ?? null,
    slot,
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

export function toConnection(
  row: Selectable<ConnectionTable>,
  secrets: Selectable<ConnectionSecretTable>[],
): Connection {
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
    secrets: secrets.filter(({ connection_id }) => connection_id === row.id).map(toSecret),
  };
}

function toSecret(row: Selectable<ConnectionSecretTable>): ConnectionSecret {
  return {
    id: row.id,
    state: row.state,
    digest: { kid: row.digest_kid, value: row.digest },
    prefix: row.prefix,
    last4: row.last4,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  };
}
