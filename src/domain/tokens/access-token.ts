/** How long an access token lives: 24 hours, as the credential contract says. */
export const ACCESS_TOKEN_LIFETIME_SECONDS = 86_400;

/** An access token as it is kept: the token itself is known only to whom it was issued. Instants are epoch ms. */
export interface AccessToken {
  readonly id: string;
  readonly digest: string;
  readonly organizationId: string;
  readonly connectionId: string;
  /** The connection's generation when the token was issued. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | undefined;
}

/** A token together with the state that its connection has now; undefined where the connection is gone. */
export interface FoundToken {
  readonly token: AccessToken;
  readonly connection:
    | { readonly clientId: string; readonly status: 'ACTIVE' | 'DISABLED'; readonly generation: number }
    | undefined;
}

/** A token is live while nothing speaks against it: its own expiry, its connection's state, its generation. */
export function isLive(found: FoundToken, now: number): boolean {
  const { token, connection } = found;
  return (
    connection !== undefined &&
    connection.status === 'ACTIVE' &&
    connection.generation === token.generation &&
    token.expiresAt > now
  );
}
