import { connect } from 'node:net';
import type { Answer } from './rest.js';

/** A request as it goes over the wire, where fetch would correct what must not be corrected. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** In this order, repeated where they are repeated. `host` and `connection: close` are put in front. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

/** Sends a request whose framing (Content-Length or chunks) its headers decide, and reads the one answer. */
export function sendRaw(url: string, { method, target, headers = [], body = '' }: RawRequest): Promise<Answer> {
  const lines = [['host', new URL(url).host], ['connection', 'close'], ...headers].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  // Latin-1: each character is one byte, as in header fields.
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return sendBytes(url, Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]));
}

/** Writes bytes to a new connection and reads what comes back until it is closed. Rejects where no answer came. */
export async function sendBytes(url: string, bytes: Uint8Array): Promise<Answer> {
  return parseAnswer(await exchange(url, bytes));
}

/** The same by a client that reads nothing before it has sent everything, so that a reset takes the answer along. */
export function sendAllFirst(url: string, bytes: Uint8Array): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.pause().on('data', (chunk) => received.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      try {
        resolve(parseAnswer(Buffer.concat(received)));
      } catch (error) {
        reject(error);
      }
    });
    socket.write(bytes, () => socket.resume());
  });
}

/** What comes back for `bytes` until the connection is closed; a reset after the answer is a close like any other. */
export function exchange(url: string, bytes: Uint8Array): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(Buffer.concat(received)));
  });
}

function parseAnswer(received: Buffer): Answer {
  const text = received.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine) ?? [];
  if (status === undefined || end < 0) throw new Error(`no HTTP answer, but ${received.length} bytes: ${text}`);
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(status), headers, text: text.slice(end + 4) };
}
