import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PASSED_BODY_BYTES_MAX } from './body.js';

/** How long the end of an answer whose length is untold may wait for the body: the caller may wait for that end. */
const UNTOLD_WAIT_MS = 2_000;

/**
 * Answers a request whose body may still be on its way. A connection that is closed with a body unread is reset, and the
 * reset takes the answer along: a proxy that was still sending answers 502 instead of our 429. So the answer goes out
 * whole at once, and ends, which closes the connection or frees it for the next request, when the body is drained.
 */
export function sendBeforeBody(request: FastifyRequest, reply: FastifyReply, answer: string | Readable): FastifyReply {
  if (request.raw.complete) return reply.send(answer);
  if (typeof answer === 'string') reply.header('content-length', Buffer.byteLength(answer));
  const waitMs = reply.hasHeader('content-length') ? undefined : UNTOLD_WAIT_MS;
  return reply.send(Readable.from(endingDrained(answer, request.raw, waitMs), { objectMode: false }));
}

async function* endingDrained(answer: string | Readable, message: IncomingMessage, waitMs: number | undefined) {
  if (typeof answer === 'string') yield answer;
  else yield* answer;
  const drained = drain(message);
  await (waitMs === undefined ? drained : Promise.race([drained, delay(waitMs, undefined, { ref: false })]));
}

/**
 * Reads the rest of a body and drops it; resolves when no more of it will come. A body that goes on for more than the
 * longest that any route takes is cut off with its connection; the server's time for a request cuts one that drips.
 */
function drain(message: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (message.closed) return resolve();
    let bytes = 0;
    message.once('close', resolve).on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > PASSED_BODY_BYTES_MAX) message.destroy();
    });
    message.unpipe().resume();
  });
}
