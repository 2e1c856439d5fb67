import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How often to look for responses that clients do not read. */
const LOOK_EVERY_MS = 5_000;

/**
 * Tracks each connection's last response. Node's `closeIdleConnections` skips connections that have not sent a whole
 * request, so a silent client would delay a stop. Responses keep their requests' order (RFC 9112 section 9.3.2), so the
 * last speaks for all.
 */
export class OpenConnections {
  readonly #last = new Map<Socket, ServerResponse | undefined>();
  readonly #idleMs: number;
  #isEnding = false;

  /** Cuts off a client that reads none of its response for `idleMs`. */
  constructor(server: Server, idleMs: number) {
    this.#idleMs = idleMs;
    server.on('connection', (socket) => this.#opened(socket));
    server.on('request', ({ socket }, response) => {
      this.#last.set(socket, response);
      if (this.#isEnding) letGoAfter(response, socket);
    });
    const looking = setInterval(() => this.#watchAnswers(), Math.min(idleMs, LOOK_EVERY_MS)).unref();
    server.once('close', () => clearInterval(looking));
  }

  /** Closes each connection after its last pending response, or at once if none is pending. */
  end(): void {
    this.#isEnding = true;
    for (const [socket, response] of this.#last) {
      if (response === undefined || response.closed) {
        socket.destroy();
        continue;
      }
      // RFC 9112 section 9.6: the client stops sending, and its pool drops the connection.
      if (!response.headersSent) response.setHeader('connection', 'close');
      letGoAfter(response, socket);
    }
  }

  #opened(socket: Socket): void {
    if (this.#isEnding) {
      socket.destroy();
      return;
    }
    this.#last.set(socket, undefined);
    socket.once('close', () => this.#last.delete(socket));
  }

  /** Sets a time-out only on a socket with unread data: a time-out on every socket would change with each request. */
  #watchAnswers(): void {
    for (const [socket, response] of this.#last) {
      const isWaiting = response !== undefined && !response.closed && socket.writableLength > 0;
      // Node restarts the time-out with each read, and clears it after the response.
      if (isWaiting && socket.timeout !== this.#idleMs) socket.setTimeout(this.#idleMs);
    }
  }
}

function letGoAfter(response: ServerResponse, socket: Socket): void {
  response.once('close', () => socket.destroySoon());
}
