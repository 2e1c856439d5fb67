import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { TenantUnavailable, TenantUrl, UnavailableReason } from '../domain/tenants/tenant.port.js';
import { http } from '../lib/node-http.js';
import { currentTrace } from '../lib/trace.js';
import { ForbiddenAddressError, guardLookup, type Resolve, refuseForbiddenHost } from './guarded.lookup.js';
import { type AddressAllowance, scopesFor } from './tenant-address.js';

export interface TenantRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Reading stops at a longer answer. */
  readonly answerBytesMax: number;
}

export interface TenantResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined where the status is no success and the body could not be read. */
  readonly text: string | undefined;
}

/** The most connections that a tenant may hold of this process, however slowly it answers. */
const CONNECTIONS_MAX = 64;
const IDLE_CONNECTIONS_MAX = 8;
/** Longer than the deadline, so it ends only idle connections. */
const IDLE_MS = 30_000;
const HEADER_BYTES_MAX = 16 * 1024;

/** The tenant gave no usable answer. */
class UnusableAnswerError extends Error {
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string) {
    super(message);
    this.name = 'UnusableAnswerError';
    this.reason = reason;
  }
}

/**
 * Sends one request to a tenant and reads its answer, within bounds of time and size, over connections that lead only
 * where tenants may be. Follows no redirect.
 */
export class TenantExchange {
  readonly #allowance: AddressAllowance;
  readonly #deadlineMs: number;
  readonly #underWay = new Set<AbortController>();
  readonly #agents: Readonly<Record<string, Agent>>;

  constructor(parts: AddressAllowance & { resolve: Resolve; deadlineMs: number }) {
    this.#allowance = { allowLoopback: parts.allowLoopback };
    this.#deadlineMs = parts.deadlineMs;
    const options = (protocol: string) => ({
      keepAlive: true,
      maxSockets: CONNECTIONS_MAX,
      maxFreeSockets: IDLE_CONNECTIONS_MAX,
      timeout: IDLE_MS,
      lookup: guardLookup(parts.resolve, scopesFor(protocol, parts)),
    });
    this.#agents = { 'http:': new http.Agent(options('http:')), 'https:': new https.Agent(options('https:')) };
  }

  /** Never rejects: a failure resolves as TenantUnavailable. */
  async send(tenantUrl: TenantUrl, request: TenantRequest): Promise<TenantResponse | TenantUnavailable> {
    const ending = new AbortController();
    this.#underWay.add(ending);
    const traced = currentTrace.getStore()?.beginCall({ method: request.method, origin: tenantUrl });
    let status: number | undefined;
    const timer = setTimeout(() => {
      ending.abort(new UnusableAnswerError('TIMED_OUT', `no whole answer within ${this.#deadlineMs} ms`));
    }, this.#deadlineMs);
    try {
      const headers = { ...request.headers, ...traced?.headers };
      const response = await this.#attempt(new URL(request.path, tenantUrl), { ...request, headers }, ending.signal);
      status = response.status;
      return response;
    } catch (error) {
      return unavailable(ending.signal.aborted ? ending.signal.reason : error);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(ending);
      traced?.end(status);
    }
  }

  /** Ends the connections, and the requests that use or await one. */
  close(): void {
    const closing = new UnusableAnswerError('INTERRUPTED', 'Latchkey ends');
    for (const ending of this.#underWay) ending.abort(closing);
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #attempt(url: URL, request: TenantRequest, signal: AbortSignal, mayRepeat = true): Promise<TenantResponse> {
    const sent = this.#open(url, request, signal);
    const response = await responseTo(sent).catch((error) => {
      // A tenant may close a kept connection at the moment of its next use (RFC 9112 section 9.3.1). A repeated request
      // costs a second token at worst.
      const isStale = sent.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(codeOf(error));
      if (isStale && mayRepeat && !signal.aborted) return undefined;
      throw error;
    });
    if (response === undefined) return this.#attempt(url, request, signal, false);
    return read(response, request.answerBytesMax);
  }

  /** @throws ForbiddenAddressError */
  #open(url: URL, { method, headers, body }: TenantRequest, signal: AbortSignal): ClientRequest {
    refuseForbiddenHost(url.hostname.replace(/^\[|\]$/g, ''), scopesFor(url.protocol, this.#allowance));
    const { request } = url.protocol === 'https:' ? https : http;
    const sent = request(url, {
      method,
      agent: this.#agents[url.protocol],
      signal,
      maxHeaderSize: HEADER_BYTES_MAX,
      insecureHTTPParser: false,
      rejectUnauthorized: true,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'latchkey',
        ...(method === 'POST' ? { 'content-length': Buffer.byteLength(body ?? '') } : {}),
        ...headers,
      },
    });
    return sent.end(body);
  }
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    // A tenant may also answer 101 to a request for no other protocol.
    request.on('close', () => reject(new UnusableAnswerError('INTERRUPTED', 'the connection ended without an answer')));
  });
}

async function read(response: IncomingMessage, bytesMax: number): Promise<TenantResponse> {
  const { statusCode: status = 0, headers } = response;
  try {
    return { status, headers, text: await textOf(response, bytesMax) };
  } catch (error) {
    response.destroy();
    if (status < 300) throw error;
    // The status alone says enough: a firewall in front of the tenant may refuse with a page of its own.
    return { status, headers, text: undefined };
  }
}

/** The answer's text. Refuses compressed answers, whose few bytes may become many. */
async function textOf(response: IncomingMessage, bytesMax: number): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new UnusableAnswerError('ENCODED', 'it is compressed');
  const tooLarge = () => new UnusableAnswerError('TOO_LARGE', `it is longer than ${bytesMax} bytes`);
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UnusableAnswerError('INTERRUPTED', codeOf(error));
  }
  if (bytes > bytesMax) throw tooLarge();
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

function unavailable(error: unknown): TenantUnavailable {
  const because = (reason: UnavailableReason, detail: string) => ({ outcome: 'UNAVAILABLE' as const, reason, detail });
  if (error instanceof UnusableAnswerError) return because(error.reason, error.message);
  if (error instanceof ForbiddenAddressError) return because('FORBIDDEN_ADDRESS', error.message);
  const code = codeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return because('MALFORMED', 'it is not UTF-8');
  return because(code.startsWith('HPE_') ? 'MALFORMED' : 'UNREACHABLE', code);
}

/** A system's or TLS's code. The message stays unsaid: some quote the request or the answer. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
