import type { ServerResponse } from 'node:http';

/** A request that has ended: answered, or left by its client. */
export interface FinishedRequest {
  readonly id: string;
  readonly method: string;
  /** The route's pattern, never the requested URL; `none` where there is no route. */
  readonly route: string;
  /** Undefined for a request whose client left before the response. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** Whether the answer was a stream, which lasts as long as its client likes. */
  readonly isStream: boolean;
}

export type RequestObserver = (finished: FinishedRequest) => void;

const streams = new WeakSet<ServerResponse>();

/** Says of a response that it is a stream. */
export function markAsStream(response: ServerResponse): void {
  streams.add(response);
}

/** A request as Fastify shows it. */
export interface WatchedRequest {
  readonly id: string;
  readonly method: string;
  readonly routeOptions: { readonly url?: string | undefined };
}

/** Watches one request, which arrived now, until its end. */
export type WatchRequest = (request: WatchedRequest, response: ServerResponse) => void;

/**
 * Tells each observer of a watched request's end: Fastify's `onResponse` misses a request whose client left, and its
 * `elapsedTime` is 0 without such a hook.
 */
export function createRequestWatch(observers: readonly RequestObserver[]): WatchRequest {
  if (observers.length === 0) return () => undefined;
  return (request, response) => {
    const startedAt = performance.now();
    // Node emits it once for each response; `once` would only wrap the listener.
    response.on('close', () => tellEnd(observers, request, response, startedAt));
  };
}

/** Tells each observer of a request that has ended; `startedAt` is of the monotonic clock in milliseconds. */
export function tellEnd(
  observers: readonly RequestObserver[],
  { id, method, routeOptions }: WatchedRequest,
  response: ServerResponse,
  startedAt: number,
): void {
  const finished = {
    id,
    method,
    route: routeOptions.url ?? 'none',
    status: response.headersSent ? response.statusCode : undefined,
    durationMs: performance.now() - startedAt,
    isStream: streams.has(response),
  };
  for (const observe of observers) observe(finished);
}
