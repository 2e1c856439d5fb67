import type { Digest } from '../../lib/key-ring.js';
import type { SecretKind } from '../../lib/secrets.js';

export const CONNECTORS = ['GAINSIGHT_API'] as const;
export type Connector = (typeof CONNECTORS)[number];

export const AUTHENTICATION_TYPES = ['ACCESS_KEY', 'OAUTH'] as const;
export type AuthenticationType = (typeof AUTHENTICATION_TYPES)[number];

export const CONNECTION_STATUSES = ['ACTIVE', 'DISABLED'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

/** At most one secret of a connection is in each state. */
export const SECRET_STATES = ['CURRENT', 'RETIRING'] as const;
export type SecretState = (typeof SECRET_STATES)[number];
export const SECRETS_MAX = SECRET_STATES.length;

export const ACCESS_KEYS_MAX = 1;
export const OAUTH_CONNECTIONS_MAX = 15;
export const CONNECTIONS_MAX = ACCESS_KEYS_MAX + OAUTH_CONNECTIONS_MAX;

/** One version of a connection's secret, without the secret. */
export interface ConnectionSecret {
  readonly id: string;
  readonly state: SecretState;
  readonly digest: Digest;
  /** The first characters, for recognising it. */
  readonly prefix: string;
  readonly last4: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** A named entry of an organisation through which its machines authenticate. Instants are epoch milliseconds. */
export interface Connection {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly connector: Connector;
  readonly authenticationType: AuthenticationType;
  readonly status: ConnectionStatus;
  /** Public half of the OAuth credential; undefined for an access key. */
  readonly clientId: string | undefined;
  /**
   * Tokens carry the generation that they were issued under and live only while it is the connection's: adding one
   * revokes all of them at once, whatever their number.
   */
  readonly generation: number;
  /** Empty: from anywhere. */
  readonly allowedCidrs: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly lastUsedAt: number | undefined;
  /** Newest first; at most two. */
  readonly secrets: readonly ConnectionSecret[];
}

/** A connection by OAuth: its machines are a client. */
export type Client = Connection & { readonly clientId: string };

export function isClient(connection: Connection): connection is Client {
  return connection.clientId !== undefined;
}

export const SECRET_KIND_OF = {
  ACCESS_KEY: 'accessKey',
  OAUTH: 'clientSecret',
} as const satisfies Record<AuthenticationType, SecretKind>;
