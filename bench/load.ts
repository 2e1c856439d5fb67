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
  readonly url: string;
  /** Dealt out among the connections, so that no two of them ask the same thing at the same time. */
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  readonly seconds: number;
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

async function drive({ url, requests, connections, seconds, mustContain }: LoadOrder): Promise<LoadReport> {
  const durations: number[] = [];
  let connected = 0;
  const begun = performance.now();
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    sampleInt: 50,
    verifyBody: (body) => String(body).includes(mustContain),
    setupClient: (client) => {
      const mine = connected++ % Math.min(connections, requests.length);
      client.setRequests(requests.filter((_, index) => index % connections === mine) as autocannon.Request[]);
      client.on('response', (_status, _bytes, milliseconds) => durations.push(milliseconds));
    },
  });
  const elapsedSeconds = (performance.now() - begun) / 1000;
  durations.sort((a, b) => a - b);
  const percentile = (part: number) => durations[Math.ceil(durations.length * part) - 1] ?? Number.NaN;
  return {
    requests: durations.length,
    perSecond: durations.length / elapsedSeconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    non2xx: result.non2xx,
    wrong: result.mismatches,
    failed: result.errors + result.timeouts,
  };
}
