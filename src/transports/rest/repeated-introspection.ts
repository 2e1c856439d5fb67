import type { FastifyRequest } from 'fastify';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import { BoundedMap } from '../../lib/bounded-map.js';
import { singleHeader } from '../http/request-headers.js';
import { RequestMemory } from './request-memory.js';
import type { RestServices } from './rest-services.js';

const REMEMBERED_MAX = 5_000;

/** How an introspection read, and how it was answered while its token lived. */
interface Answered {
  readonly proven: ProvenClient;
  readonly token: AccessToken;
  readonly answer: string;
}

/**
 * Introspections that come again word for word, as a resource server asks about the same token for each of its calls.
 * They are answered as before where memory proves that the client would prove itself again and that the token lives; in
 * all other cases they are read and answered anew.
 */
export class RepeatedIntrospections {
  readonly #services: RestServices;
  readonly #memory = new RequestMemory<Answered>(REMEMBERED_MAX);
  /** Ids of tokens that were asked about once: most never are again, and their answers would only push others out. */
  readonly #askedOnce = new BoundedMap<string, true>(REMEMBERED_MAX);

  constructor(services: RestServices) {
    this.#services = services;
  }

  /**
   * The answer, and whose client asks, where it is known.
   * @throws DomainError INVALID_REQUEST for a repeated header; FORBIDDEN where the client may not ask from there
   */
  recall(request: FastifyRequest): { readonly answer: string; readonly organizationId: string } | undefined {
    if (this.#memory.isEmpty) return undefined;
    const known = this.#memory.recall(textOf(request));
    if (known === undefined) return undefined;
    const { credentials, introspection } = this.#services;
    const holds = credentials.isStillProven(known.proven) && introspection.isStillActive(known.token);
    if (!holds) return undefined;
    const { allowedCidrs, organizationId } = known.proven.client;
    requireAllowedAddress(request, allowedCidrs);
    return { answer: known.answer, organizationId };
  }

  /** Only what memory can prove again, and was asked before, is worth remembering. */
  remember(request: FastifyRequest, answered: Answered): void {
    const { token } = answered;
    if (!this.#services.introspection.isStillActive(token)) return;
    if (this.#askedOnce.has(token.id)) this.#memory.remember(textOf(request), answered);
    else this.#askedOnce.set(token.id, true);
  }
}

/** All of the request that its answer depends on. */
function textOf(request: FastifyRequest): string {
  const authorization = singleHeader(request.raw, 'authorization') ?? '';
  const body = request.body as Buffer | undefined;
  return `${authorization}\n${request.headers['content-type'] ?? ''}\n${body?.toString('latin1') ?? ''}`;
}
