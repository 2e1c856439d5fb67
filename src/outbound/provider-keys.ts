import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../lib/clock.js';

/** How long the provider may take for its documents. */
const READ_WITHIN_MS = 3_000;
/** Beyond this age keys are read anew: the provider may have withdrawn one. */
const FRESH_MS = 300_000;
/** Beyond this age keys that cannot be read anew count no longer. */
const KNOWN_MS = 3_600_000;
/** After a read that failed known keys are used for so long without trying again, so that few users wait for it. */
const RETRY_MS = 60_000;
/** An unknown key is looked for at most this often: anybody can name keys that do not exist. */
const UNKNOWN_EVERY_MS = 5_000;
/** Where no key is known, after a read that failed nobody waits for another one for so long. */
const BROKEN_MS = 1_000;

/** The provider could not be asked, or has not answered as one does. Its message names no secret. */
export class ProviderDownError extends Error {}

/** The provider says that it is another one than configured. */
export class OtherIssuerError extends Error {}

interface Parts {
  readonly issuer: string;
  readonly clock: Clock;
  /** Whether an address is fit to be trusted with what it sends: https, or this machine in development. */
  readonly isTrusted: (url: string) => boolean;
  /** Hears of each read that failed, also where known keys go on. */
  readonly onFailure: (error: ProviderDownError | OtherIssuerError) => void;
}

/**
 * The keys that a provider signs with, from its discovery document (OpenID Connect Discovery 1.0, section 4). They are
 * read when they are needed: machines never wait for a provider.
 */
export class ProviderKeys {
  readonly #parts: Parts;
  #known: { readonly find: JWTVerifyGetKey; readonly readAtMs: number } | undefined;
  #reading: Promise<void> | undefined;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #failure: ProviderDownError | OtherIssuerError | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Finds the key that a token's header names. @throws ProviderDownError, OtherIssuerError; jose's errors */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const find = await this.#usable();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // A key that could not be looked for may be a new one.
      if (this.#ageMs(this.#triedAtMs) < UNKNOWN_EVERY_MS) throw this.#failure ?? error;
      await this.read();
      return (await this.#usable())(header, token);
    }
  };

  /** Reads the keys, once for all who wait. @throws ProviderDownError, OtherIssuerError */
  async read(): Promise<void> {
    this.#reading ??= this.#readKeys().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #usable(): Promise<JWTVerifyGetKey> {
    const ageMs = this.#known === undefined ? Number.POSITIVE_INFINITY : this.#ageMs(this.#known.readAtMs);
    if (ageMs > KNOWN_MS) await this.#readUnlessFailedWithin(BROKEN_MS);
    // The failure was told, and known keys go on.
    else if (ageMs > FRESH_MS) await this.#readUnlessFailedWithin(RETRY_MS).catch(() => undefined);
    if (this.#known === undefined) throw new ProviderDownError('no keys were read');
    return this.#known.find;
  }

  async #readUnlessFailedWithin(ms: number): Promise<void> {
    if (this.#failure !== undefined && this.#ageMs(this.#triedAtMs) < ms) throw this.#failure;
    await this.read();
  }

  #ageMs(sinceMs: number): number {
    return this.#parts.clock.monotonicMs() - sinceMs;
  }

  async #readKeys(): Promise<void> {
    try {
      const keys = await this.#fetchKeys(AbortSignal.timeout(READ_WITHIN_MS));
      this.#failure = undefined;
      this.#known = { find: createLocalJWKSet(keys), readAtMs: this.#parts.clock.monotonicMs() };
    } catch (error) {
      this.#failure = error instanceof OtherIssuerError ? error : toDown(error);
      this.#parts.onFailure(this.#failure);
      throw this.#failure;
    } finally {
      this.#triedAtMs = this.#parts.clock.monotonicMs();
    }
  }

  async #fetchKeys(signal: AbortSignal): Promise<JSONWebKeySet> {
    const { issuer, isTrusted } = this.#parts;
    const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal);
    const { issuer: named, jwks_uri: keysUrl } = (document ?? {}) as Record<string, unknown>;
    // A proxy's or a maintenance page may be JSON too.
    if (typeof named !== 'string') throw new ProviderDownError('what it says of itself has no issuer');
    // Section 4.3: the same to the letter, slashes too.
    if (named !== issuer) throw new OtherIssuerError(JSON.stringify(named));
    if (typeof keysUrl !== 'string' || !URL.canParse(keysUrl) || !isTrusted(keysUrl)) {
      throw new ProviderDownError('its jwks_uri is no https URL');
    }
    return (await fetchJson(keysUrl, signal)) as JSONWebKeySet;
  }
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  // A redirection would lead to a host that nobody configured.
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal });
  if (response.status === 200) return response.json();
  await response.body?.cancel();
  throw new ProviderDownError(`it answered with ${response.status}`);
}

/** With the reason that lies deepest: `fetch failed` says nothing to whoever has to mend it. */
function toDown(error: unknown): ProviderDownError {
  if (error instanceof ProviderDownError) return error;
  let reason = error as Error;
  while (reason.cause instanceof Error) reason = reason.cause;
  return new ProviderDownError(`it gave no usable answer: ${reason.message || reason.name}`, { cause: error });
}
