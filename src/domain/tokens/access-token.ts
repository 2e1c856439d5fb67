/** How long an access token lives: 24 hours, as the credential contract says. */
export const ACCESS_TOKEN_LIFETIME_SECONDS = 86_400;

/** An access token in its stored form; only its client knows the token itself. Instants are epoch milliseconds. */
export interface AccessToken {
  readonly id: string;
  readonly digest: string;
  readonly organizationId: string;
  readonly connectionId: string;
  /** The client that the token was issued to: its connection's, for the whole life of both. */
  readonly clientId: string;
  /** The connection's generation when the token was issued. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | undefined;
}
