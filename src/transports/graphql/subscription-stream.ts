import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import { markAsStream } from '../http/finished-request.js';
import type { StreamForm } from './stream-form.js';

/** The response to one subscription, as long as it is open. */
export class SubscriptionStream {
  readonly #response: ServerResponse;
  readonly #form: StreamForm;

  constructor(response: ServerResponse, form: StreamForm) {
    this.#response = response;
    this.#form = form;
  }

  get isOpen(): boolean {
    // Node calls an ended response writable still, and emits an error where one writes to it.
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Sends the headers, and what says that the subscription stands. */
  open(headers: Readonly<Record<string, string>>): void {
    markAsStream(this.#response);
    this.#response.writeHead(200, {
      ...headers,
      'content-type': this.#form.contentType,
      // nginx would hold the events back.
      'x-accel-buffering': 'no',
    });
    this.#response.write(this.#form.opening);
  }

  /** Resolves once the client may be sent more: a slow reader must not fill the memory. */
  async send(result: FormattedExecutionResult): Promise<void> {
    if (!this.isOpen || this.#response.write(this.#form.event(result))) return;
    const left = new AbortController();
    const { signal } = left;
    const close = once(this.#response, 'close', { signal });
    const drain = once(this.#response, 'drain', { signal });
    await Promise.race([close, drain]).finally(() => left.abort());
    await Promise.allSettled([close, drain]);
  }

  /** Without a heartbeat proxies would take the stream for dead, and a vanished client would stay unnoticed. */
  beat(): void {
    // What waits to be read says as much.
    if (this.isOpen && !this.#response.writableNeedDrain) this.#response.write(this.#form.heartbeat);
  }

  /** Ends for good, with a last word: the client need not come back. */
  complete(last: FormattedExecutionResult): void {
    if (this.isOpen) this.#response.end(`${this.#form.event(last)}${this.#form.ending}`);
  }

  /** Breaks off, which every client takes as a reason to subscribe again; some take a proper end as the last word. */
  cut(): void {
    this.#response.destroy();
  }
}
