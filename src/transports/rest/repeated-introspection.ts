import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import type { Standing } from '../../domain/limits/standing.js';
import type { RecalledToken } from '../../domain/tokens/token.lookup.js';
import { singleHeader } from '../http/request-headers.js';
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
  readonly answer: string;
}

type Introspect = (request: FastifyRequest, reply: FastifyReply) => Promise<Introspected>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | undefined;

/** What determined a response, and its body. */
interface Remembered {
  readonly proven: ProvenClient;
  readonly recalled: RecalledToken;
  readonly answer: string;
}

/**
 * Answers repeated identical introspections from memory: a resource server asks about the same token for each of its
 * calls. Memory must prove that the client still authenticates, and that the token is what it was; otherwise
 * `introspect` reads the request anew.
 */
export function answerRepeated(services: RestServices, introspect: Introspect): Handler {
  const repeated = new RepeatedIntrospections(services);
  return (request, reply) => {
    const fingerprint = repeated.fingerprint(request);
    if (repeated.answer(fingerprint, request, reply)) return undefined;
    return introspect(request, reply).then((introspected) => {
      repeated.remember(fingerprint, introspected);
      return sendJsonText(reply, introspected.answer);
    });
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

  /** Stands for the parts of a request that determine its response. */
  fingerprint(request: FastifyRequest): string {
    return this.#memory.fingerprint(textOf(request));
  }

  /**
   * Repeats a known response, in this turn or later; false for an unknown request.
   * @throws DomainError INVALID_REQUEST for a repeated header; FORBIDDEN if the connection excludes the address; as
   * MachineService.introspectAgain
   */
  answer(fingerprint: string, request: FastifyRequest, reply: FastifyReply): boolean {
    const known = this.#memory.recall(fingerprint);
    if (known === undefined || !this.#services.credentials.isStillProven(known.proven)) return false;
    const { organizationId, allowedCidrs } = known.proven.client;
    requireAllowedAddress(request, allowedCidrs);
    const standing = this.#services.machines.introspectAgain(organizationId, known.recalled);
    if (standing === undefined) return false;
    if (standing instanceof Promise) sendCounted(reply, standing, known.answer);
    else {
      tell(reply, standing);
      // Behind all that this turn still reads: endOfTurn says why.
      setImmediate(sendJsonText, reply, known.answer);
    }
    return true;
  }

  /** Remembers the response to a request that has come before, where memory can prove it. */
  remember(fingerprint: string, { proven, presented, answer }: Introspected): void {
    if (proven === undefined) return;
    if (!this.#askedOnce.has(fingerprint)) {
      this.#askedOnce.set(fingerprint, true);
      return;
    }
    const recalled = this.#services.machines.recall(proven.client.organizationId, presented);
    if (recalled !== undefined) this.#memory.remember(fingerprint, { proven, recalled, answer });
  }
}

/** Sends a known response once it is counted: Redis answers a batch of counts in one turn of its own. */
function sendCounted(reply: FastifyReply, counted: Promise<Standing>, answer: string): void {
  counted.then(
    (standing) => {
      tell(reply, standing);
      sendJsonText(reply, answer);
    },
    (error: unknown) => reply.send(error),
  );
}

/** The parts of a request that determine its response. */
function textOf(request: FastifyRequest): string {
  const authorization = singleHeader(request.raw, 'authorization') ?? '';
  const body = request.body as Buffer | undefined;
  return `${authorization}\n${request.headers['content-type'] ?? ''}\n${body?.toString('latin1') ?? ''}`;
}
