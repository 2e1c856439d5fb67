import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import type { IdentityProviderConfig } from '../../src/config.identity-provider.js';
import { freePort } from './free-port.js';

export const AUDIENCE = 'https://latchkey.example/graphql';
const CLIENT = { clientId: 'console', secret: 'a-secret-of-the-console' };
const ALGORITHM = 'RS256';
/** Must be understood where a header says so (RFC 7515 section 4.1.11), and nobody does. */
export const UNKNOWN_EXTENSION = 'made-up';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

async function makeKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwkOf = async (key: CryptoKey) => ({ ...(await exportJWK(key)), kid, use: 'sig', alg: ALGORITHM });
  return { kid, privateKey, privateJwk: await jwkOf(privateKey), publicJwk: await jwkOf(publicKey) };
}

/** oidc-provider, on a port of its own, which gives its one client JWTs that say whatever a test wants them to. */
export class TestIdentityProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #port: number;
  #server: Server | undefined;
  #answer: RequestListener = () => undefined;
  #claims: object = {};
  #key: SigningKey;
  #keys = 0;
  /** How often its keys were asked for. */
  reads = 0;

  private constructor(port: number, key: SigningKey) {
    this.#port = port;
    this.#key = key;
    this.issuer = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<TestIdentityProvider> {
    const provider = new TestIdentityProvider(await freePort(), await makeKey('key-0'));
    provider.#sign(provider.#key);
    await provider.listen();
    return provider;
  }

  get key(): SigningKey {
    return this.#key;
  }

  /** What a gateway is configured with to trust it. */
  config(claims: Partial<IdentityProviderConfig['claims']> = {}): IdentityProviderConfig {
    return {
      oidc: { issuer: this.issuer, audience: AUDIENCE, algorithm: ALGORITHM },
      claims: { role: 'role', organization: 'organization', superAdmin: 'super-admin', admin: 'admin', ...claims },
      allowLoopback: true,
    };
  }

  /** A JWT as its token endpoint issues it. */
  async token(claims: object): Promise<string> {
    this.#claims = claims;
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the provider gave no token: ${response.status}`);
    return token;
  }

  /** A JWT of its key that it would not have issued. */
  forge(claims: JWTPayload, header: object = {}, key: SigningKey = this.#key): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, ...header })
      .sign(key.privateKey, { crit: { [UNKNOWN_EXTENSION]: true } });
  }

  /** Signs with a new key from now on, and takes the one before out of what it publishes. */
  async rotate(): Promise<SigningKey> {
    this.#keys++;
    this.#key = await makeKey(`key-${this.#keys}`);
    this.#sign(this.#key);
    return this.#key;
  }

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => {
      if (request.url === '/jwks') this.reads++;
      this.#answer(request, response);
    }).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Answers nobody until it is released; `waiting` is how many have asked meanwhile. */
  holdAnswers(): { readonly waiting: number; release(): void } {
    const answer = this.#answer;
    const held: (() => void)[] = [];
    this.#answer = (request, response) => held.push(() => answer(request, response));
    return {
      get waiting() {
        return held.length;
      },
      release: () => {
        this.#answer = answer;
        for (const go of held) go();
      },
    };
  }

  async goDown(): Promise<void> {
    this.#server?.closeAllConnections();
    const closed = this.#server?.close();
    this.#server = undefined;
    if (closed !== undefined) await once(closed, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goDown();
  }

  #sign({ privateJwk }: SigningKey): void {
    const resource = { scope: '', audience: AUDIENCE, accessTokenFormat: 'jwt', jwt: { sign: { alg: ALGORITHM } } };
    const provider = new Provider(this.issuer, {
      clients: [
        {
          ...{ client_id: CLIENT.clientId, client_secret: CLIENT.secret, grant_types: ['client_credentials'] },
          ...{ redirect_uris: [], response_types: [] },
        },
      ],
      jwks: { keys: [privateJwk] },
      extraTokenClaims: () => this.#claims,
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: { enabled: true, getResourceServerInfo: () => resource },
      },
    });
    this.#answer = provider.callback();
  }
}
