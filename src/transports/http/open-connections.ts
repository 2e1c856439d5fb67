import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How often it is looked for answers that their clients do not take. */
const LOOK_EVERY_MS = 5_000;

/**
 * Which connections have requests under way. Node's own `closeIdleConnections` passes over those that have not sent a
 * whole request yet, and a silent one would hold a stop up. Answers come in the order of their requests (RFC 9112
 * section 9.3.2), so that of the last tells of all.
 */
export class OpenConnections {
  readonly #last = new Map<Socket, ServerResponse | undefined>();
  readonly #idleMs: number;
  #isEnding = false;

  /** A client that takes nothing of its answer for `idleMs` is cut off. */
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

  /** Lets go of each connection when its last request under way is answered: at once where there is none. */
  end(): void {
    this.#isEnding = true;
    for (const [socket, response] of this.#last) {
      if (response === undefined || response.closed) {
        socket.destroy();
        continue;
      }
      // RFC 9112 section 9.6: the client sends nothing more here, and its pool does not come back.
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

  /**
   * A time-out on every socket would be set and cleared with each request: one is set where an answer waits to be
   * taken.
   */
  #watchAnswers(): void {
    for (const [socket, response] of this.#last) {
      const isWaiting = response !== undefined && !response.closed && socket.writableLength > 0;
      // Node puts it off as long as anything is taken, and takes it back behind the answer.
      if (isWaiting && socket.timeout !== this.#idleMs) socket.setTimeout(this.#idleMs);
    }
  }
}

function letGoAfter(response: ServerResponse, socket: Socket): void {
  response.once('close', () => socket.destroySoon());
}
