import { connect, type Socket } from 'node:net';
import type { Answer } from '../../support/rest.js';
import { isStream, type Received, readAnswers } from './answer-stream.js';
import type { Exchange, FuzzInput } from './input.js';
import { toldBy } from './stream-shape.js';

/** An input on a connection of its own, and what comes back until that is closed, or for as long as a stream is listened to. */
export class Conversation {
  readonly input: FuzzInput;
  /** Resolves when the connection is closed, or a stream has begun. */
  readonly begun: Promise<void>;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  readonly #chunks: Buffer[] = [];
  #isEnded = false;
  #isClosed = false;
  #isLeft = false;
  #news = Promise.withResolvers<void>();

  constructor(url: string, input: FuzzInput) {
    this.input = input;
    const { hostname, port } = new URL(url);
    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.begun = begun.promise;
    this.#closed = closed.promise;
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.write(input.bytes, () => {
      // A server that waits for the rest of a request learns that none will come.
      if (input.endsEarly) this.#end();
    });
    let hasBegun = false;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#wake();
      if (hasBegun) return;
      const { answers, isStreaming } = this.received;
      if (isStreaming && answers.at(-1)?.text !== '') {
        hasBegun = true;
        begun.resolve();
      } else if (!isStreaming && answers.length > 0) {
        // Who keeps a connection open has to close it: an answer is there when it is whole.
        this.#end();
      }
    });
    socket.on('end', () => this.#end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
      begun.resolve();
      closed.resolve();
    });
  }

  /** What has come so far. */
  get received(): Received {
    return readAnswers(Buffer.concat(this.#chunks), this.input.method);
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Resolves once the stream has told enough, or nothing more will come. */
  async until(isEnough: (stream: Answer) => boolean): Promise<void> {
    for (;;) {
      const news = this.#news.promise;
      const { answers, isStreaming } = this.received;
      const stream = answers.at(-1);
      if (this.#isClosed || !isStreaming || stream === undefined || isEnough(stream)) return;
      await news;
    }
  }

  async hangUp(): Promise<void> {
    this.#isLeft ||= !this.#isClosed;
    this.#socket.destroy();
    await this.#closed;
  }

  /** All of it, once it is over. */
  get exchange(): Exchange {
    const { input, received } = this;
    const stream = received.answers.findLast(isStream);
    if (stream === undefined) return { input, received };
    const isComplete = toldBy(stream)?.isComplete === true;
    return { input, received, ending: isComplete ? 'complete' : this.#isLeft ? 'left' : 'cut' };
  }

  #end(): void {
    if (!this.#isEnded) this.#socket.end();
    this.#isEnded = true;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
