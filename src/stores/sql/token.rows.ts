import type { AccessToken } from '../../domain/tokens/access-token.js';

/** A token with its connection's client id. */
export interface TokenRow {
  id: string;
  digest: string;
  organization_id: string;
  connection_id: string;
  client_id: string;
  generation: number;
  issued_at: number;
  expires_at: number;
  last_used_at: number | null;
}

export function toToken(row: TokenRow): AccessToken {
  return {
    id: row.id,
    digest: row.digest,
    organizationId: row.organization_id,
    connectionId: row.connection_id,
    clientId: row.client_id,
    generation: row.generation,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
