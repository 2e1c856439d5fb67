import { connect } from 'node:net';
import { type Received, readAnswers } from './answer-stream.js';
import type { FuzzInput } from './input.js';

/** Writes an input to a connection of its own, and reads what comes back until it is closed. */
export function converse(url: string, { bytes, method, endsEarly }: FuzzInput): Promise<Received> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let received = 0;
    let isEnded = false;
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const end = () => {
      if (!isEnded) socket.end();
      isEnded = true;
    };
    socket.setNoDelay(true);
    socket.write(bytes, () => {
      // A server that waits for the rest of a request learns that none will come.
      if (endsEarly) end();
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      // Who keeps a connection open has to close it: an answer is there when it is whole.
      if (!isEnded && readAnswers(Buffer.concat(chunks, received), method).answers.length > 0) end();
    });
    socket.on('end', end);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(readAnswers(Buffer.concat(chunks, received), method)));
  });
}
