import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export const CONNECTION_CHANGED =
  'subscription { connectionChanged { connectionId connection { name status } change { action actor } } }';

/** What one event says, as GraphQL gives it. */
export interface StreamedResult {
  readonly data?: { readonly connectionChanged: StreamedChange | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

interface StreamedChange {
  readonly connectionId: string;
  readonly connection: { readonly name: string; readonly status: string } | null;
  readonly change: { readonly action: string; readonly actor: string };
}

interface StreamRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
}

/** An open answer of server-sent events, read as slowly as a test likes. */
export class EventStream implements AsyncDisposable {
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  /** How the answer ended: `complete` by its own last event, `cut` before. */
  readonly ended: Promise<'complete' | 'end' | 'cut'>;
  #text = '';
  #read = 0;
  #news = Promise.withResolvers<void>();

  constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.#response = response;
    this.ended = new Promise((resolve) => {
      response.once('end', () => resolve(this.#text.includes('event: complete\n') ? 'complete' : 'end'));
      // Node tells an answer that broke off as an error; without one it tells nothing twice.
      response.once('error', () => resolve('cut'));
    });
    response.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    void this.ended.then(() => this.#wake());
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.#response.headers;
  }

  /** All that has come so far. */
  get text(): string {
    return this.#text;
  }

  /** How many heartbeats have come, the one at the beginning too. */
  get beats(): number {
    return this.#text.split('\n\n').filter((event) => event === ':').length;
  }

  /** The next event. @throws where the answer ends before */
  async next(): Promise<StreamedResult> {
    for (;;) {
      const news = this.#news.promise;
      const told = this.#text
        .split('\n\n')
        .slice(0, -1)
        .filter((event) => event.startsWith('event: next\n'));
      const event = told[this.#read];
      if (event !== undefined) {
        this.#read++;
        return JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length)) as StreamedResult;
      }
      if (this.#response.readableEnded || this.#response.errored) throw new Error(`the answer ended: ${this.#text}`);
      await news;
    }
  }

  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy();
    await this.ended;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/** Subscribes and waits for the answer's headers; `headers` are added to those of a client of server-sent events. */
export async function openEventStream(
  url: string,
  { headers = {}, method = 'POST', body = { query: CONNECTION_CHANGED } }: StreamRequest = {},
): Promise<EventStream> {
  const search = method === 'GET' ? `?${new URLSearchParams(body as Record<string, string>)}` : '';
  const sent = request(`${url}/graphql${search}`, {
    method,
    agent: false,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
  });
  sent.end(method === 'POST' ? JSON.stringify(body) : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => undefined);
  return new EventStream(sent, response);
}
