import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { SESSION_LIFETIME_MS } from '../../domain/sign-in/session.js';
import { Secret } from '../../lib/secrets.js';

const NAME = 'latchkey-session';

/**
 * The cookie that holds a session's secret. Browsers keep it from scripts, and from requests that pages of other sites
 * cause. Where the public URL is https, no other host and no plain connection can set it (RFC 6265bis section 4.1.3.2).
 */
export class SessionCookie {
  readonly #publicUrl: () => string;

  constructor(publicUrl: () => string) {
    this.#publicUrl = publicUrl;
  }

  set(reply: FastifyReply, secret: Secret): void {
    this.#send(reply, secret.reveal(), SESSION_LIFETIME_MS / 1000);
  }

  clear(reply: FastifyReply): void {
    this.#send(reply, '', 0);
  }

  /**
   * The secret that a request presents; undefined without the cookie.
   * @throws DomainError FORBIDDEN where the request may come from a page of another origin
   */
  read(request: FastifyRequest): Secret | undefined {
    const value = readCookie(request.headers.cookie, this.#name);
    if (value === undefined) return undefined;
    if (!this.#isOfOwnPage(request)) {
      throw new DomainError('FORBIDDEN', {
        hint: 'A session is good for requests of the console alone. Where this is one, the gateway needs LATCHKEY_PUBLIC_URL: the URL that browsers use.',
      });
    }
    return new Secret(value);
  }

  /**
   * Browsers set `Origin` on every POST and let no page set it (Fetch standard, section 3.2). Where the public URL is not
   * set, a proxy may speak https for a gateway that knows nothing of it; a page over http is never one of a public https URL.
   */
  #isOfOwnPage({ headers: { origin, host } }: FastifyRequest): boolean {
    const { origin: publicOrigin } = new URL(this.#publicUrl());
    const authority = host?.toLowerCase();
    const own = [publicOrigin, `https://${authority}`, ...(this.#isSecure ? [] : [`http://${authority}`])];
    return origin !== undefined && own.includes(origin);
  }

  get #isSecure(): boolean {
    return this.#publicUrl().startsWith('https:');
  }

  get #name(): string {
    return this.#isSecure ? `__Host-${NAME}` : NAME;
  }

  #send(reply: FastifyReply, value: string, maxAgeSeconds: number): void {
    const secure = this.#isSecure ? '; Secure' : '';
    reply.header(
      'set-cookie',
      `${this.#name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
    );
  }
}

/** Of cookies of one name the browser sends the one with the longest path first (RFC 6265 section 5.4). */
function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name && value[0]) return value.join('=');
  }
  return undefined;
}
