/** The algorithms of signatures by a key pair: a shared secret would have to be the gateway's too. */
export const OIDC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** Which tokens of an OpenID Connect provider are good. */
export interface OidcSettings {
  /** As the provider writes it, to the letter. */
  readonly issuer: string;
  /** What its tokens for this gateway have in `aud`. */
  readonly audience: string;
  readonly algorithm: (typeof OIDC_ALGORITHMS)[number];
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether nobody on the way can change what a URL leads to. In development this machine may be the provider. */
export function isTrustedUrl(url: string, allowLoopback: boolean): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (allowLoopback && protocol === 'http:' && LOOPBACK.has(hostname));
}
