import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NotedCall {
  /** On a clock that nobody sets. */
  readonly arrivedAtMs: number;
  /** What it was told, where it was refused. */
  retryAfterSeconds?: number;
}

export interface NotingDoor extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly NotedCall[];
}

/** Passes calls on to the gateway and notes each; `onRefused` runs before the caller hears of its refusal. */
export async function openNotingDoor(gatewayUrl: string, onRefused: () => void): Promise<NotingDoor> {
  const calls: NotedCall[] = [];
  const passOn = (asked: IncomingMessage, answer: ServerResponse) => {
    const call: NotedCall = { arrivedAtMs: performance.now() };
    calls.push(call);
    const { method, headers } = asked;
    const passed = request(`${gatewayUrl}${asked.url}`, { method, headers }, (answered) => {
      const retryAfter = answered.headers['retry-after'];
      if (retryAfter !== undefined) {
        call.retryAfterSeconds = Number(retryAfter);
        onRefused();
      }
      answer.writeHead(answered.statusCode ?? 0, answered.headers);
      answered.pipe(answer);
    });
    asked.pipe(passed);
  };
  const server = createServer(passOn).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}
