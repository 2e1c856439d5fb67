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
  readonly #askedOnce = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(services: RestServices) {
    this.#services = services;
  }

  /**
   * Answers as before, where the answer is known; undefined where it is not.
   * @throws DomainError INVALID_REQUEST for a repeated header; FORBIDDEN where the client may not ask from there; as
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

  /** Only what memory can prove again, and was asked before, is worth remembering. */
  remember(request: FastifyRequest, answered: Answered): void {
    const { token } = answered;
    if (!this.#services.machines.isRemembered(token)) return;
    if (this.#askedOnce.has(token.id)) this.#memory.remember(textOf(request), answered);
    else this.#askedOnce.set(token.id, true);
  }
}

/** Sends an answer that is known right behind the other answers of this turn. */
async function sendAtEndOfTurn(
  reply: FastifyReply,
  counted: Promise<void> | undefined,
  answer: string,
): Promise<FastifyReply> {
  // What Redis counted together it answers together, which is a turn of its own.
  await (counted ?? endOfTurn());
  return sendJsonText(reply, answer);
}

/** All of the request that its answer depends on. */
function textOf(request: FastifyRequest): string {
  const authorization = singleHeader(request.raw, 'authorization') ?? '';
  const body = request.body as Buffer | undefined;
  return `${authorization}\n${request.headers['content-type'] ?? ''}\n${body?.toString('latin1') ?? ''}`;
}
