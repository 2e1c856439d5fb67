import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import type { Standing } from '../../domain/limits/standing.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { RecalledToken } from '../../domain/tokens/token.lookup.js';
import type { UpstreamToken } from '../../domain/tokens/upstream-introspection.js';
import { type Dialect, failureOf, fromFramework, logFault } from '../http/error-response.js';
import type { WholeResponse } from '../http/front-door.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';
import { JSON_UTF8, singleHeader } from '../http/request-headers.js';
import { tell } from './call-limit.js';
import { sendJsonText } from './json-response.js';
import { RequestMemory } from './request-memory.js';
import type { RestServices } from './rest-services.js';

const REMEMBERED_MAX = 5_000;

/** A request as it was read, and the body of its response. */
export interface Introspected {
  /** Undefined for a caller that is no client. */
  readonly proven: ProvenClient | undefined;
  readonly presented: string;
  /** The token that the answer describes; null: one that is not active. */
  readonly token: AccessToken | UpstreamToken | null;
  readonly answer: string;
}

interface IntrospectionRoute {
  readonly path: string;
  readonly dialect: Dialect;
  /** Reads a request anew. */
  introspect(request: FastifyRequest, reply: FastifyReply): Promise<Introspected>;
}

/** What determined a response, and its body. */
interface Remembered {
  readonly proven: ProvenClient;
  readonly recalled: RecalledToken;
  readonly answer: string;
}

/** A response from memory, of a request that counts. */
interface Repeated {
  readonly answer: string;
  readonly standing: Standing | Promise<Standing>;
}

/**
 * Answers repeated identical introspections from memory, at the front door and else in their route: a resource server
 * asks about the same token for each of its calls. Memory must prove that the client still authenticates, and that the
 * token is what it was; otherwise the route reads the request anew.
 */
export function answerRepeated(services: RestServices, { path, dialect, introspect }: IntrospectionRoute) {
  const repeated = new RepeatedIntrospections(services);
  services.frontDoor.answerAt(path, (request, body, requestId) => {
    const fail = (thrown: unknown): WholeResponse => {
      const error = fromFramework(thrown);
      logFault(error, { id: requestId, method: 'POST', routeOptions: { url: path } }, services.logger);
      return failureOf(error, requestId, request.headers.authorization, { dialect });
    };
    try {
      const known = repeated.recall(repeated.fingerprint(request, body));
      if (known === undefined) return undefined;
      const { standing, answer } = known;
      if (!(standing instanceof Promise)) return respond(standing, answer);
      return standing.then((told) => respond(told, answer), fail);
    } catch (error) {
      return fail(error);
    }
  });
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const fingerprint = repeated.fingerprint(request.raw, request.body as Buffer | undefined);
    const known = repeated.recall(fingerprint, request);
    if (known !== undefined) {
      tell(reply, await known.standing);
      return sendJsonText(reply, known.answer);
    }
    const introspected = await introspect(request, reply);
    repeated.remember(fingerprint, introspected);
    return sendJsonText(reply, introspected.answer);
  };
}

class RepeatedIntrospections {
  readonly #services: RestServices;
  readonly #memory = new RequestMemory<Remembered>(REMEMBERED_MAX);
  /** Fingerprints of requests seen once: most never return, and their responses would evict useful entries. */
  readonly #askedOnce = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(services: RestServices) {
    this.#services = services;
  }

  /** Stands for the parts of a request that determine its response. @throws DomainError INVALID_REQUEST */
  fingerprint(message: IncomingMessage, body: Buffer | undefined): string {
    const authorization = singleHeader(message, 'authorization') ?? '';
    const contentType = message.headers['content-type'] ?? '';
    return this.#memory.fingerprint(`${authorization}\n${contentType}\n${body?.toString('latin1') ?? ''}`);
  }

  /**
   * Counts a known request; undefined for another. Without a caller, a client that is bound to addresses is unknown.
   * @throws DomainError FORBIDDEN if the connection excludes the address; as MachineService.introspectAgain
   */
  recall(fingerprint: string, caller?: { readonly ip: string }): Repeated | undefined {
    const known = this.#memory.recall(fingerprint);
    if (known === undefined) return undefined;
    const { proven, recalled, answer } = known;
    const { organizationId, allowedCidrs } = proven.client;
    if (caller === undefined && allowedCidrs.length > 0) return undefined;
    if (!this.#services.credentials.isStillProven(proven)) return undefined;
    if (caller !== undefined) requireAllowedAddress(caller, allowedCidrs);
    const standing = this.#services.machines.introspectAgain(organizationId, recalled);
    return standing && { answer, standing };
  }

  /** Remembers the response to a request that has come before, where memory can prove it. */
  remember(fingerprint: string, { proven, presented, token, answer }: Introspected): void {
    if (proven === undefined) return;
    if (!this.#askedOnce.has(fingerprint)) {
      this.#askedOnce.set(fingerprint, true);
      return;
    }
    const recalled = this.#services.machines.recall(proven.client.organizationId, presented);
    // The token may have changed since the answer was read.
    if (recalled?.token === token) this.#memory.remember(fingerprint, { proven, recalled, answer });
  }
}

function respond(standing: Standing, body: string): WholeResponse {
  const headers = rateLimitHeaders(standing);
  headers['content-type'] = JSON_UTF8;
  return { status: 200, headers, body };
}
