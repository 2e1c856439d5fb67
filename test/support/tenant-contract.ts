import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The parts of the contract: what is asked of a tenant. `api` is everything but the first two. */
export type TenantPart = 'token' | 'introspect' | 'api';

export interface ReceivedRequest {
  readonly part: TenantPart;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a tenant knows and does. It may be changed at any time and holds from the next request on. */
export interface TenantSettings {
  /** Secrets by client id. */
  clients: Record<string, string>;
  accessKeys: string[];
  lifetimeSeconds: number;
  /** Whether `exp` is told in milliseconds, as documented, or in seconds, as RFC 7662 has it. */
  expUnit: 'ms' | 's';
  /** Whether a client that has a live token is given that one again. */
  givesSameTokenTwice: boolean;
}

export interface TenantAnswer {
  readonly status: number;
  readonly content: { readonly requestId?: string; readonly [name: string]: unknown };
}

interface IssuedToken {
  readonly clientId: string;
  readonly expiresAt: number;
}

const TOKEN_PATH = '/v1/users/m2m/oauth/token';
const OBJECT_LIST_PATH = '/v1/meta/services/objects/list';

export function partOf(path: string): TenantPart {
  if (path === TOKEN_PATH) return 'token';
  return path === `${TOKEN_PATH}/introspect` ? 'introspect' : 'api';
}

/** What is known of the contract of Gainsight NXT's credential endpoints, with the tokens that were issued under it. */
export class TenantContract {
  readonly settings: TenantSettings;
  readonly #tokens = new Map<string, IssuedToken>();

  constructor(settings: TenantSettings) {
    this.settings = settings;
  }

  /** Ends tokens before their time: one, or all that there are. */
  revoke(token?: string): void {
    if (token === undefined) this.#tokens.clear();
    else this.#tokens.delete(token);
  }

  answer(request: ReceivedRequest): TenantAnswer {
    if (request.part === 'api') return this.#answerCall(request);
    if (request.method !== 'POST') return failure(404, 'GS_APIG_1000', 'Not Found');
    const clientId = this.#clientOf(request.headers);
    // The failure of these two has a shape of its own, not the envelope's.
    if (clientId === undefined) return { status: 401, content: { requestId: randomUUID(), error: 'unauthorized' } };
    const content = request.part === 'token' ? this.#issue(clientId) : this.#introspect(clientId, request.body);
    return { status: 200, content };
  }

  #clientOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
    const text = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const clientId = text.slice(0, Math.max(colon, 0));
    const { clients } = this.settings;
    return Object.hasOwn(clients, clientId) && clients[clientId] === text.slice(colon + 1) ? clientId : undefined;
  }

  #issue(clientId: string): TenantAnswer['content'] {
    const now = Date.now();
    const { givesSameTokenTwice, lifetimeSeconds } = this.settings;
    const live = [...this.#tokens].findLast(([, token]) => token.clientId === clientId && token.expiresAt > now);
    if (givesSameTokenTwice && live !== undefined) {
      const [token, { expiresAt }] = live;
      return { access_token: token, token_type: 'Bearer', expires_in: Math.ceil((expiresAt - now) / 1000) };
    }
    const token = `tenant-token-${randomUUID()}`;
    this.#tokens.set(token, { clientId, expiresAt: now + lifetimeSeconds * 1000 });
    return { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds };
  }

  #introspect(clientId: string, body: string): TenantAnswer['content'] {
    const { access_token } = JSON.parse(body) as { access_token: string };
    const token = this.#tokens.get(access_token);
    if (token?.clientId !== clientId || token.expiresAt <= Date.now()) return { active: false };
    const exp = this.settings.expUnit === 'ms' ? token.expiresAt : Math.floor(token.expiresAt / 1000);
    return { active: true, client_id: clientId, token_type: 'Bearer', exp };
  }

  /** A call below /v1 or /v2 is answered with what it was, in the envelope. Routing comes before authentication. */
  #answerCall({ method, path, headers, body }: ReceivedRequest): TenantAnswer {
    if (!/^\/v[12]\//.test(path)) return failure(404, 'GS_APIG_1000', 'Not Found');
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const isLive = bearer !== undefined && (this.#tokens.get(bearer)?.expiresAt ?? 0) > Date.now();
    const isKnown = this.settings.accessKeys.includes(String(headers.accesskey));
    if (!isLive && !isKnown) return failure(401, 'GS_APIG_2401', 'Unauthorized');
    const isObjectList = path.split('?')[0] === OBJECT_LIST_PATH;
    const data = isObjectList ? [{ objectName: 'company', label: 'Company' }] : { method, path, body };
    const requestId = randomUUID();
    return { status: 200, content: { result: true, errorCode: null, errorDesc: null, requestId, data, message: null } };
  }
}

/** What the tenant's gateway answers itself: five members, no `data`. */
function failure(status: number, errorCode: string, message: string): TenantAnswer {
  return { status, content: { result: false, errorCode, errorDesc: message, requestId: randomUUID(), message } };
}
