import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { JSON_UTF8 } from './request-headers.js';

/**
 * Node would end a request that never reaches Fastify with a bare status line. The gateway answers with a request id
 * and the compatible failure's shape, as everywhere.
 */

/** Answers unparsable HTTP on the bare socket. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = failure();
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${statusLineOf(error)}`, ...head, '', body].join('\r\n'));
  // The client may never close its side: do not wait.
  socket.destroySoon();
}

/** Refuses an `Expect` header other than `100-continue` (RFC 9110 section 10.1.1). */
export function refuseExpectation(_message: IncomingMessage, response: ServerResponse): void {
  const { headers, body } = failure();
  response.writeHead(417, headers).end(body);
}

function statusLineOf({ code }: NodeJS.ErrnoException): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return '400 Bad Request';
}

function failure(): { headers: Record<string, string | number>; body: string } {
  const requestId = randomUUID();
  const body = JSON.stringify({ requestId, error: 'invalid_request' });
  const headers = {
    'content-type': JSON_UTF8,
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    'cache-control': 'no-store',
    connection: 'close',
  };
  return { headers, body };
}
