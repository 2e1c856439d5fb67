import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import type { RecalledToken } from '../../domain/tokens/token.lookup.js';
import { endOfTurn } from '../../lib/turn.js';
import { singleHeader } from '../http/request-headers.js';
import { toldIn } from './call-limit.js';
import { sendJsonText } from './json-response.js';
import { RequestMemory } from './request-memory.js';
import type { RestServices } from './rest-services.js';

const REMEMBERED_MAX = 5_000;

/** An introspection's reading, and its response. */
interface Answered {
  readonly proven: ProvenClient;
  readonly presented: string;
  readonly answer: string;
}

type Remembered = Omit<Answered, 'presented'> & { readonly recalled: RecalledToken };

/**
 * Answers repeated identical introspections from memory: a resource server asks about the same token for each of its
 * calls. Memory must prove that the client still authenticates, and that the token is what it was; otherwise the route
 * reads the request anew.
 */
export class RepeatedIntrospections {
  readonly #services: RestServices;
  readonly #memory = new RequestMemory<Remembered>(REMEMBERED_MAX);
  /** Fingerprints of requests seen once: most never return, and their responses would evict useful entries. */
  readonly #askedOnce = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(services: RestServices) {
    this.#services = services;
  }

  /** Stands for the parts of a request that determine its response. */
  fingerprint(request: FastifyRequest): string {
    return this.#memory.fingerprint(textOf(request));
  }

  /**
   * Repeats a known response; returns undefined for an unknown request.
   * @throws DomainError INVALID_REQUEST for a repeated header; FORBIDDEN if the connection excludes the address; as
   * MachineService.introspectAgain
   */
  answer(fingerprint: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined {
    const known = this.#memory.recall(fingerprint);
    if (known === undefined || !this.#services.credentials.isStillProven(known.proven)) return undefined;
    requireAllowedAddress(request, known.proven.client.allowedCidrs);
    const { organizationId } = known.proven.client;
    const counted = this.#services.machines.introspectAgain(organizationId, known.recalled, toldIn(reply));
    return counted === false ? undefined : sendAtEndOfTurn(reply, counted, known.answer);
  }

  /** Remembers the response to a request that has come before, where memory can prove it. */
  remember(fingerprint: string, { proven, presented, answer }: Answered): void {
    if (!this.#askedOnce.has(fingerprint)) {
      this.#askedOnce.set(fingerprint, true);
      return;
    }
    const recalled = this.#services.machines.recall(proven.client.organizationId, presented);
    if (recalled !== undefined) this.#memory.remember(fingerprint, { proven, recalled, answer });
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

function textOf(request: FastifyRequest): string {
  const authorization = singleHeader(request.raw, 'authorization') ?? '';
  const body = request.body as Buffer | undefined;
  return `${authorization}\n${request.headers['content-type'] ?? ''}\n${body?.toString('latin1') ?? ''}`;
}
