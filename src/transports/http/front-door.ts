import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type RequestObserver, tellEnd } from './finished-request.js';
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
  /** Who is told of each request's end. */
  readonly observers: readonly RequestObserver[];
  /** While it drains, each client has to open another connection for its next request. */
  readonly lifecycle: { readonly isDraining: boolean };
  /** Whether Fastify refuses all. */
  readonly isStopping: () => boolean;
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

  /** Answers POSTs to a path, as the route of the same path would. */
  answerAt(path: string, answer: AnswerAtDoor): void {
    this.#answers.set(path, answer);
  }

  /** The listener of a server's requests. */
  listener(parts: DoorParts): RequestListener {
    return (request, response) => {
      const answer = request.method === 'POST' ? this.#answers.get(request.url ?? '') : undefined;
      if (answer === undefined) parts.fastify(request, response);
      else setImmediate(receive, parts, { answer, request, response, arrivedAt: performance.now() });
    };
  }
}

interface Arrived {
  readonly answer: AnswerAtDoor;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By the monotonic clock. */
  readonly arrivedAt: number;
}

function receive(parts: DoorParts, { answer, request, response, arrivedAt }: Arrived): void {
  const { fastify, observers, lifecycle, isStopping } = parts;
  const body = !isStopping() && isPlain(request) ? (request.read() as Buffer | null) : null;
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
  const send = (whole: WholeResponse) => {
    try {
      // The client may have left while a store was asked.
      if (!response.destroyed) sendWhole(response, requestId, whole, lifecycle.isDraining);
    } catch {
      // A fault of ours ends one connection, not the process.
      response.destroy();
    }
    // The kernel has the answer, or the client is gone: a listener for the response's end would cost more than all it tells.
    if (observers.length > 0) {
      tellEnd(observers, { id: requestId, method: 'POST', routeOptions: { url: request.url } }, response, arrivedAt);
    }
  };
  if (answered instanceof Promise) void answered.then(send);
  else send(answered);
}

function sendWhole(response: ServerResponse, requestId: string, whole: WholeResponse, isLast: boolean): void {
  const { status, headers, body } = whole;
  const lines = ['x-request-id', requestId, 'cache-control', 'no-store'];
  for (const name in headers) lines.push(name, headers[name] as string);
  lines.push('content-length', String(Buffer.byteLength(body)));
  if (isLast) lines.push('connection', 'close');
  response.writeHead(status, lines);
  response.end(body);
}

/** Whether a request is here to its end, and has no header that Fastify's hooks would refuse. */
function isPlain(request: IncomingMessage): boolean {
  return request.complete && request.headers['content-encoding'] === undefined && countHeaders(request, 'host') === 1;
}
