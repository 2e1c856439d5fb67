import { once } from 'node:events';
import { freePort } from './free-port.js';

/** Of a process of Node's that was started with `options`: what it holds, whatever its collector has not yet thrown away. */
export interface LiveHeap {
  /** For the process's NODE_OPTIONS. */
  readonly options: string;
  /** The bytes that are left after a whole collection. */
  readonly read: () => Promise<number>;
}

/** Gives a process a port of its own where it can be inspected, on 127.0.0.1. */
export async function inspectHeap(): Promise<LiveHeap> {
  const port = await freePort();
  return { options: `--inspect=127.0.0.1:${port}`, read: () => readLiveHeap(port) };
}

async function readLiveHeap(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  try {
    await once(socket, 'open');
    await send(socket, 1, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await send(socket, 2, 'Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize;
  } finally {
    socket.close();
  }
}

/** Sends a command of the Chrome DevTools Protocol, and resolves to its result. */
async function send(socket: WebSocket, id: number, method: string): Promise<unknown> {
  const answer = once(socket, 'message');
  socket.send(JSON.stringify({ id, method }));
  const [{ data }] = (await answer) as [{ data: string }];
  const { error, result } = JSON.parse(data) as { error?: { message: string }; result: unknown };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}
