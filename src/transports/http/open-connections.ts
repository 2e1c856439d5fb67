import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Which connections have requests under way. Node's own `closeIdleConnections` passes over those that have not sent a whole
 * request yet, and a silent one would hold a stop up.
 */
export class OpenConnections {
  readonly #underWay = new Map<Socket, Set<ServerResponse>>();
  #isEnding = false;

  constructor(server: Server) {
    server.on('connection', (socket) => this.#opened(socket));
    server.on('request', (request, response) => this.#began(request, response));
  }

  /** Lets go of each connection when its last request under way is answered: at once where there is none. */
  end(): void {
    this.#isEnding = true;
    for (const [socket, responses] of this.#underWay) {
      if (responses.size === 0) socket.destroy();
      for (const response of responses) {
        // RFC 9112 section 9.6: the client sends nothing more here, and its pool does not come back.
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
    }
  }

  #opened(socket: Socket): void {
    if (this.#isEnding) {
      socket.destroy();
      return;
    }
    this.#underWay.set(socket, new Set());
    socket.once('close', () => this.#underWay.delete(socket));
  }

  #began({ socket }: IncomingMessage, response: ServerResponse): void {
    const responses = this.#underWay.get(socket);
    responses?.add(response);
    response.once('close', () => {
      responses?.delete(response);
      if (this.#isEnding && responses?.size === 0) socket.destroySoon();
    });
  }
}
