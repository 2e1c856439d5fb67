import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../lib/clock.js';

/** How long the provider may take for one document. */
const READ_WITHIN_MS = 3_000;
/** Beyond this age the next use reads the keys anew, and goes on with the known ones meanwhile. */
const FRESH_MS = 300_000;
/** Beyond this age keys that could not be read anew count no longer: a provider withdraws a leaked one. */
const KNOWN_MS = 3_600_000;
/** An unknown key is looked for at most this often: anybody can name keys that do not exist. */
const UNKNOWN_EVERY_MS = 5_000;
/** After a read that failed nobody waits for another one for so long. */
const BROKEN_MS = 1_000;

/** The provider could not be asked, or has not answered as one does. Its message names no secret. */
export class ProviderDownError extends Error {}

/** The provider says that it is another one than configured. */
export class OtherIssuerError extends Error {}

/**
 * The keys that a provider signs with, from its discovery document (OpenID Connect Discovery 1.0, section 4). They are
 * read when they are needed: neither the start nor the machines wait for a provider.
 */
export class ProviderKeys {
  readonly #issuer: string;
  readonly #clock: Clock;
  /** Whether an address is fit to be trusted with what it sends: https, or this machine in development. */
  readonly #isTrusted: (url: string) => boolean;
  #known: { readonly find: JWTVerifyGetKey; readonly readAtMs: number } | undefined;
  #reading: Promise<void> | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: { issuer: string; clock: Clock; isTrusted: (url: string) => boolean }) {
    this.#issuer = parts.issuer;
    this.#clock = parts.clock;
    this.#isTrusted = parts.isTrusted;
  }

  /** Finds the key that a token's header names. @throws ProviderDownError, OtherIssuerError; jose's errors */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const { find, readAtMs } = await this.#usable();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#ageMs(readAtMs) < UNKNOWN_EVERY_MS) throw error;
      // The provider may have a new key.
      await this.read();
      return (await this.#usable()).find(header, token);
    }
  };

  async #usable() {
    const ageMs = this.#known === undefined ? Number.POSITIVE_INFINITY : this.#ageMs(this.#known.readAtMs);
    if (ageMs > KNOWN_MS) await this.read();
    else if (ageMs > FRESH_MS) this.read().catch(() => undefined);
    if (this.#known === undefined) throw new ProviderDownError('no keys were read');
    return this.#known;
  }

  #ageMs(sinceMs: number): number {
    return this.#clock.monotonicMs() - sinceMs;
  }

  /** Reads the keys, once for all who wait. @throws ProviderDownError, OtherIssuerError */
  async read(): Promise<void> {
    if (this.#ageMs(this.#failedAtMs) < BROKEN_MS) throw new ProviderDownError('it has just failed');
    this.#reading ??= this.#readKeys().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readKeys(): Promise<void> {
    try {
      const configuration = await this.#fetch(`${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
      const { issuer, jwks_uri: keysUrl } = configuration as Record<string, unknown>;
      // Section 4.3: the same to the letter, slashes too.
      if (issuer !== this.#issuer) throw new OtherIssuerError(`${JSON.stringify(issuer)}`);
      if (typeof keysUrl !== 'string' || !URL.canParse(keysUrl) || !this.#isTrusted(keysUrl)) {
        throw new ProviderDownError('its jwks_uri is no https URL');
      }
      const find = createLocalJWKSet((await this.#fetch(keysUrl)) as JSONWebKeySet);
      this.#known = { find, readAtMs: this.#clock.monotonicMs() };
    } catch (error) {
      this.#failedAtMs = this.#clock.monotonicMs();
      if (error instanceof ProviderDownError || error instanceof OtherIssuerError) throw error;
      throw new ProviderDownError('it gave no usable answer', { cause: error });
    }
  }

  async #fetch(url: string): Promise<unknown> {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      // A redirection would lead to a host that nobody configured.
      redirect: 'error',
      signal: AbortSignal.timeout(READ_WITHIN_MS),
    });
    if (response.status !== 200) throw new ProviderDownError(`it answered with ${response.status}`);
    return response.json();
  }
}
