import type { Server } from 'node:http';
import { ERROR_CODES } from '../../domain/errors.js';
import { http } from '../../lib/node-http.js';

/** What prom-client's registry gives. */
interface Metrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Serves `/metrics` and nothing else, on a listener of its own: the gateway's callers never reach it. */
export function createMetricsServer(metrics: Metrics): Server {
  return http.createServer((request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path !== '/metrics' || !isRead) {
      response.writeHead(path === '/metrics' ? 405 : 404, path === '/metrics' ? { allow: 'GET, HEAD' } : {}).end();
      return;
    }
    metrics.metrics().then(
      (text) => {
        response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
      },
      () => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(ERROR_CODES.INTERNAL.message);
      },
    );
  });
}
