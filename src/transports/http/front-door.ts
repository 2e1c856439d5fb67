import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { WatchRequest } from './finished-request.js';
import { countHeaders } from './request-headers.js';

/** A response, but for the headers that every response has. */
export interface WholeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a whole POST; undefined where Fastify has to. Never throws, and its promise never rejects. */
export type AnswerAtDoor = (
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
) => WholeResponse | Promise<WholeResponse> | undefined;

interface DoorParts {
  /** The other requests go there. */
  readonly fastify: RequestListener;
  readonly watch: WatchRequest;
  /** Whether the client has to open another connection for its next request. */
  readonly endsConnections: () => boolean;
}

/** The longest body of a request that is worth remembering. */
const BODY_BYTES_MAX = 2048;

/**
 * Answers, before Fastify sees them, requests whose answers are in memory. For such a request routing, hooks and reading
 * the body by events are a third of the work. The rest of this turn of the event loop brings the body, so that most are
 * whole at its end; and answers that are written back to back cost less, as lib/turn.ts says.
 */
export class FrontDoor {
  readonly #answers = new Map<string, AnswerAtDoor>();
  #parts: DoorParts | undefined;
  #isOpen = true;

  /** Answers POSTs to a path, as the route of the same path would. */
  answerAt(path: string, answer: AnswerAtDoor): void {
    this.#answers.set(path, answer);
  }

  /** From now on Fastify answers all. */
  close(): void {
    this.#isOpen = false;
  }

  /** The listener of a server's requests. */
  listener(parts: DoorParts): RequestListener {
    this.#parts = parts;
    const { fastify } = parts;
    return (request, response) => {
      const answer = request.method === 'POST' ? this.#answers.get(request.url ?? '') : undefined;
      if (answer === undefined) fastify(request, response);
      else setImmediate(this.#receive, answer, request, response, performance.now());
    };
  }

  readonly #receive = (
    answer: AnswerAtDoor,
    request: IncomingMessage,
    response: ServerResponse,
    arrivedAt: number,
  ): void => {
    const { fastify, watch } = this.#parts as DoorParts;
    const body = this.#isOpen && isPlain(request) ? (request.read() as Buffer | null) : null;
    if (body === null) {
      fastify(request, response);
      return;
    }
    const requestId = randomUUID();
    const answered = body.length > BODY_BYTES_MAX ? undefined : answer(request, body, requestId);
    if (answered === undefined) {
      request.unshift(body);
      fastify(request, response);
      return;
    }
    watch({ id: requestId, method: 'POST', routeOptions: { url: request.url } }, response, arrivedAt);
    // A fault of ours ends one connection, not the process.
    if (answered instanceof Promise)
      answered.then((late) => this.#send(response, requestId, late)).catch(() => response.destroy());
    else this.#send(response, requestId, answered);
  };

  #send(response: ServerResponse, requestId: string, { status, headers, body }: WholeResponse): void {
    const lines = ['x-request-id', requestId, 'cache-control', 'no-store'];
    for (const name in headers) lines.push(name, headers[name] as string);
    lines.push('content-length', String(Buffer.byteLength(body)));
    if ((this.#parts as DoorParts).endsConnections()) lines.push('connection', 'close');
    response.writeHead(status, lines);
    response.end(body);
  }
}

/** Whether a request is here to its end, and has no header that Fastify's hooks would refuse. */
function isPlain(request: IncomingMessage): boolean {
  return request.complete && request.headers['content-encoding'] === undefined && countHeaders(request, 'host') === 1;
}
