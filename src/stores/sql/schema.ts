import type {
  AuthenticationType,
  ConnectionStatus,
  Connector,
  SecretState,
} from '../../domain/connections/connection.js';
import type { Issuer } from '../../domain/organizations/organization.js';
import type { UserRole } from '../../domain/principal.js';

/** The tables as the newest migration leaves them. Instants are epoch milliseconds; absence is null. */
export interface Schema {
  organizations: { id: string; issuer: Issuer };
  connections: ConnectionTable;
  connection_secrets: ConnectionSecretTable;
  idempotent_creates: {
    organization_id: string;
    key: string;
    input_digest: string;
    connection_id: string;
    created_at: number;
  };
  access_tokens: AccessTokenTable;
  audit_events: AuditEventTable;
  sign_ins: { id: string; at: number };
  sessions: SessionTable;
  revocations: RevocationTable;
  upstream_credentials: { connection_id: string; sealed: string; kid: string };
  call_logs: { subject: string; log: string };
  key_fingerprints: { kid: string; fingerprint: string };
}

export interface ConnectionTable {
  id: string;
  organization_id: string;
  name: string;
  /** The name's case-folded form, unique in an organisation. */
  name_key: string;
  connector: Connector;
  authentication_type: AuthenticationType;
  status: ConnectionStatus;
  client_id: string | null;
  /** 1 to 15 for OAUTH: the slots cap the number of OAuth connections. */
  slot: number | null;
  generation: number;
  /** A JSON array of strings. */
  allowed_cidrs: string;
  created_at: number;
  created_by: string;
  updated_at: number;
  last_used_at: number | null;
}

export interface ConnectionSecretTable {
  id: string;
  connection_id: string;
  state: SecretState;
  digest: string;
  digest_kid: string;
  prefix: string;
  last4: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

interface AccessTokenTable {
  id: string;
  digest: string;
  organization_id: string;
  connection_id: string;
  generation: number;
  issued_at: number;
  expires_at: number;
  last_used_at: number | null;
}

export interface SessionTable {
  id: string;
  digest: string;
  organization_id: string;
  subject: string;
  role: UserRole;
  created_at: number;
  last_seen_at: number;
}

export interface RevocationTable {
  /** The id of a connection or of a token. */
  subject: string;
  /** For a connection: tokens of earlier generations are revoked. Null for a token. */
  generation: number | null;
  /** Changes each time a revocation rewrites the row. */
  version: string;
  expires_at: number;
  changed_at: number;
  /** 1 once the log has told every replica. */
  is_published: number;
}

interface AuditEventTable {
  organization_id: string;
  sequence: number;
  id: string;
  at: number;
  actor: string;
  action: string;
  target: string;
  outcome: string;
  detail: string | null;
}
