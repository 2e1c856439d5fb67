import { errors, jwtVerify } from 'jose';
import type { Claims, IdentityProvider } from '../domain/credentials/identity-provider.js';
import { DomainError } from '../domain/errors.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { Secret } from '../lib/secrets.js';
import { StartupError } from '../lib/startup-error.js';
import { isTrustedUrl, type OidcSettings } from './oidc-settings.js';
import { OtherIssuerError, ProviderKeys } from './provider-keys.js';

/** How far the provider's clock may be off; it also covers instants with a fraction. */
const TOLERANCE_S = 5;

/** Verifies the JWTs of an OpenID Connect provider (RFC 7519 section 7.2, RFC 8725 section 3). */
export class OidcProvider implements IdentityProvider {
  readonly #settings: OidcSettings;
  readonly #keys: ProviderKeys;
  readonly #clock: Clock;

  constructor(parts: { settings: OidcSettings; clock: Clock; logger: Logger; allowLoopback: boolean }) {
    const { settings, clock, logger, allowLoopback } = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#keys = new ProviderKeys({
      issuer: settings.issuer,
      clock,
      isTrusted: (url) => isTrustedUrl(url, allowLoopback),
      onFailure: ({ message }) => logger.outage('the identity provider cannot be used', () => ({ detail: message })),
    });
  }

  /**
   * Reads the provider's keys for the first time. One that is down is read when a user comes.
   * @throws StartupError where the provider has another issuer than configured
   */
  async check(): Promise<void> {
    try {
      await this.#keys.read();
    } catch (error) {
      if (error instanceof OtherIssuerError) {
        throw new StartupError(
          `LATCHKEY_OIDC_ISSUER is ${this.#settings.issuer}, but the provider there is ${error.message}. Set what it says, to the letter.`,
        );
      }
    }
  }

  async verify(bearer: Secret): Promise<Claims> {
    const { issuer, audience, algorithm } = this.#settings;
    try {
      const { payload } = await jwtVerify(bearer.reveal(), this.#keys.find, {
        issuer,
        audience,
        algorithms: [algorithm],
        requiredClaims: ['exp'],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (error) {
      // jose's errors are about the token, all others about the keys. What a token is refused for says more to whoever
      // forges one than to its user.
      const code = error instanceof errors.JOSEError ? 'INVALID_TOKEN' : 'TEMPORARILY_UNAVAILABLE';
      throw new DomainError(code, { cause: error });
    }
  }
}
