import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes through: all; requests alone; nothing; or all, but not for those who come now. */
type Mode = 'pass' | 'dropReplies' | 'blackhole' | 'refuse';
type Direction = 'request' | 'reply';

interface Connection {
  readonly client: Socket;
  /** There is none where the client came while nothing went through. */
  readonly server: Socket | undefined;
  /** Something was lost that one side believes to have sent. */
  hasLost: boolean;
  /** The client will hear that it is gone when it sends something. */
  isForgotten: boolean;
}

/** Starts a proxy to a port of 127.0.0.1, at which nothing has to listen yet. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const proxy = new FaultProxy(server, targetPort);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return proxy;
}

/**
 * A TCP proxy on 127.0.0.1 whose network can be made to fail while connections run through it. A connection that has
 * lost something is reset as soon as anything would go through again, so that nothing is ever half delivered.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #listener: Server;
  readonly #targetPort: number;
  readonly #connections = new Set<Connection>();
  #mode: Mode = 'pass';
  #delayMs = 0;

  constructor(listener: Server, targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = listener.on('connection', (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** All goes through, at once: how it is at the start. */
  pass(): void {
    this.#change('pass');
  }

  /** All goes through in order, each piece so much later, in both directions. */
  delay(ms: number): void {
    this.#change('pass');
    this.#delayMs = ms;
  }

  /** Connections are accepted and stay, but nothing goes through, not even that one side has closed. */
  blackhole(): void {
    this.#change('blackhole');
    for (const connection of this.#connections) connection.hasLost = true;
  }

  /** Requests reach the server, and what the server answers is lost, also that it has closed. */
  dropReplies(): void {
    this.#change('dropReplies');
  }

  /** The server's side of each connection is closed; the client hears nothing of that, nor of anything else. */
  halfOpen(): void {
    this.blackhole();
    for (const { server } of this.#connections) server?.destroy();
  }

  /**
   * The server's side of each connection is closed; the client hears of it, by an RST, when it sends something. Those who
   * come now get through.
   */
  forget(): void {
    this.pass();
    for (const connection of this.#connections) {
      connection.isForgotten = true;
      connection.server?.destroy();
    }
  }

  /** Ends every connection with an RST; from then on all goes through, at once. */
  reset(): void {
    for (const connection of this.#connections) reset(connection);
    this.#change('pass');
  }

  /** New connections are reset at once. Those that there are go on, unless they were ended by `reset` before. */
  refuse(): void {
    this.#change('refuse');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #change(mode: Mode): void {
    this.#mode = mode;
    this.#delayMs = 0;
    if (mode === 'blackhole') return;
    for (const connection of this.#connections) if (connection.hasLost) reset(connection);
  }

  #accept(client: Socket): void {
    if (this.#mode === 'refuse') {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const target = { port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true };
    const server = this.#mode === 'blackhole' ? undefined : connect(target);
    const connection: Connection = { client, server, hasLost: server === undefined, isForgotten: false };
    this.#connections.add(connection);
    this.#carry(connection, 'request', client, server);
    if (server) this.#carry(connection, 'reply', server, client);
  }

  /** There is no back pressure: the little that tests send may wait here. */
  #carry(connection: Connection, direction: Direction, from: Socket, to: Socket | undefined): void {
    let before = Promise.resolve();
    const inTurn = (deliver: () => void) => {
      const due = performance.now() + this.#delayMs;
      before = before.then(async () => {
        if (due > performance.now()) await sleep(due - performance.now(), undefined, { ref: false });
        if (connection.isForgotten) {
          if (direction === 'request') reset(connection);
        } else if (this.#lets(direction)) deliver();
        else connection.hasLost = true;
      });
    };
    from.on('data', (chunk: Buffer) => inTurn(() => to?.write(chunk)));
    from.on('end', () => inTurn(() => to?.end()));
    from.on('error', () => inTurn(() => reset(connection)));
    from.on('close', () => {
      if (connection.client.closed && (connection.server?.closed ?? true)) this.#connections.delete(connection);
    });
  }

  #lets(direction: Direction): boolean {
    if (this.#mode === 'dropReplies') return direction === 'request';
    return this.#mode !== 'blackhole';
  }
}

function reset({ client, server }: Connection): void {
  client.resetAndDestroy();
  server?.resetAndDestroy();
}
