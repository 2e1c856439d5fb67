import autocannon from 'autocannon';

/**
 * The load generator, a process of its own: takes an order as a message, drives the server and answers with what it
 * saw. Each connection sends its next request as soon as its last one was answered.
 */

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface LoadOrder {
  /** Servers under the same load at the same time. */
  readonly urls: readonly string[];
  /** Dealt out among the connections to a server, so that no two of them ask the same thing at the same time. */
  readonly requests: readonly LoadRequest[];
  /** To each server. */
  readonly connections: number;
  /** The requests are each server's. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
  /** Every answer must hold this text. */
  readonly mustContain: string;
}

export interface LoadReport {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly non2xx: number;
  /** Answers without the text that they must hold. */
  readonly wrong: number;
  /** Requests without an answer. */
  readonly failed: number;
}

process.on('message', async (order: LoadOrder) => {
  process.send?.(await drive(order));
});

async function drive(order: LoadOrder): Promise<LoadReport> {
  const durations: number[] = [];
  const begun = performance.now();
  const results = await Promise.all(order.urls.map((url) => driveOne(url, order, durations)));
  const elapsedSeconds = (performance.now() - begun) / 1000;
  durations.sort((a, b) => a - b);
  const percentile = (part: number) => durations[Math.ceil(durations.length * part) - 1] ?? Number.NaN;
  const total = (figure: (result: autocannon.Result) => number) =>
    results.reduce((sum, result) => sum + figure(result), 0);
  return {
    requests: durations.length,
    perSecond: durations.length / elapsedSeconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    non2xx: total(({ non2xx }) => non2xx),
    wrong: total(({ mismatches }) => mismatches),
    failed: total(({ errors, timeouts }) => errors + timeouts),
  };
}

/** Adds the duration of each request to `durations`. */
async function driveOne(
  url: string,
  { requests, connections, until, mustContain }: LoadOrder,
  durations: number[],
): Promise<autocannon.Result> {
  let connected = 0;
  return await autocannon({
    url,
    connections,
    ...('seconds' in until ? { duration: until.seconds } : { amount: until.requests }),
    sampleInt: 50,
    verifyBody: (body) => String(body).includes(mustContain),
    setupClient: (client) => {
      const mine = connected++ % Math.min(connections, requests.length);
      client.setRequests(requests.filter((_, index) => index % connections === mine) as autocannon.Request[]);
      client.on('response', (_status, _bytes, milliseconds) => durations.push(milliseconds));
    },
  });
}
