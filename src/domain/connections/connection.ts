import type { Digest } from '../../lib/key-ring.js';
import type { SecretKind } from '../../lib/secrets.js';

export const CONNECTORS = ['GAINSIGHT_API'] as const;
export type Connector = (typeof CONNECTORS)[number];

export const AUTHENTICATION_TYPES = ['ACCESS_KEY', 'OAUTH'] as const;
export type AuthenticationType = (typeof AUTHENTICATION_TYPES)[number];

export const CONNECTION_STATUSES = ['ACTIVE', 'DISABLED'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

/** A connection has at most one secret in each state. */
export const SECRET_STATES = ['CURRENT', 'RETIRING'] as const;
export type SecretState = (typeof SECRET_STATES)[number];
export const SECRETS_MAX = SECRET_STATES.length;

export const ACCESS_KEYS_MAX = 1;
export const OAUTH_CONNECTIONS_MAX = 15;
export const CONNECTIONS_MAX = ACCESS_KEYS_MAX + OAUTH_CONNECTIONS_MAX;

/** One version of a connection's secret, without the secret itself. */
export interface ConnectionSecret {
  readonly id: string;
  readonly state: SecretState;
  readonly digest: Digest;
  /** The first characters, by which people recognise the secret. */
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
  /** The OAuth client id, which is public; undefined for an access key. */
  readonly clientId: string | undefined;
  /**
   * A token carries the generation of its issue and lives only while the connection has the same generation: adding one
   * revokes all tokens at once, whatever their number.
   */
  readonly generation: number;
  /** The addresses that the credentials may be used from; empty: any. */
  readonly allowedCidrs: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly lastUsedAt: number | undefined;
  /** Newest first; at most two. */
  readonly secrets: readonly ConnectionSecret[];
}

/** An OAuth connection, whose machines are one client. */
export type Client = Connection & { readonly clientId: string };

export function isClient(connection: Connection): connection is Client {
  return connection.clientId !== undefined;
}

export const SECRET_KIND_OF = {
  ACCESS_KEY: 'accessKey',
  OAUTH: 'clientSecret',
} as const satisfies Record<AuthenticationType, SecretKind>;
