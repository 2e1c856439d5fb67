import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import { endOfTurn } from '../../lib/turn.js';
import { singleHeader } from '../http/request-headers.js';
import { toldIn } from './call-limit.js';
import { sendJsonText } from './json-response.js';
import { RequestMemory } from './request-memory.js';
import type { RestServices } from './rest-services.js';

const REMEMBERED_MAX = 5_000;

/** An introspection's reading, and its response for the live token. */
interface Answered {
  readonly proven: ProvenClient;
  readonly token: AccessToken;
  readonly answer: string;
}

/**
 * Answers repeated identical introspections from memory: a resource server asks about the same token for each of its
 * calls. Memory must prove that the client still authenticates and that the token lives; otherwise the route reads the
 * request anew.
 */
export class RepeatedIntrospections {
  readonly #services: RestServices;
  readonly #memory = new RequestMemory<Answered>(REMEMBERED_MAX);
  /** Ids of tokens introspected once: most never return, and their responses would evict useful entries. */
  readonly #askedOnce = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(services: RestServices) {
    this.#services = services;
  }

  /**
   * Repeats a known response; returns undefined for an unknown request.
   * @throws DomainError INVALID_REQUEST for a repeated header; FORBIDDEN if the connection excludes the address; as
   * MachineService.introspectAgain
   */
  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined {
    if (this.#memory.isEmpty) return undefined;
    const known = this.#memory.recall(textOf(request));
    if (known === undefined || !this.#services.credentials.isStillProven(known.proven)) return undefined;
    requireAllowedAddress(request, known.proven.client.allowedCidrs);
    const counted = this.#services.machines.introspectAgain(known.token, toldIn(reply));
    return counted === false ? undefined : sendAtEndOfTurn(reply, counted, known.answer);
  }

  /** Remembers the response only for a token that memory can prove and that was introspected before. */
  remember(request: FastifyRequest, answered: Answered): void {
    const { token } = answered;
    if (!this.#services.machines.isRemembered(token)) return;
    if (this.#askedOnce.has(token.id)) this.#memory.remember(textOf(request), answered);
    else this.#askedOnce.set(token.id, true);
  }
}

/** Sends a known response directly after the other responses of this turn: endOfTurn says why. */
async function sendAtEndOfTurn(
  reply: FastifyReply,
  counted: Promise<void> | undefined,
  answer: string,
): Promise<FastifyReply> {
  // Redis answers a batch of counts in one turn of its own.
  await (counted ?? endOfTurn());
  return sendJsonText(reply, answer);
}

/** The parts of a request that determine its response. */
function textOf(request: FastifyRequest): string {
  const authorization = singleHeader(request.raw, 'authorization') ?? '';
  const body = request.body as Buffer | undefined;
  return `${authorization}\n${request.headers['content-type'] ?? ''}\n${body?.toString('latin1') ?? ''}`;
}
