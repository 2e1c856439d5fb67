import type { FastifyInstance } from 'fastify';
import { sendJson } from './json-response.js';
import { describeAuthorizationServer, metadataPathsOf } from './metadata.js';

/** RFC 8414, at each address that clients make of the issuer. `issuerPath` is the path of its URL, `` where it has none. */
export function registerMetadataRoutes(server: FastifyInstance, issuer: () => string, issuerPath: string): void {
  for (const path of metadataPathsOf(issuerPath)) {
    // The router decodes paths, and has another meaning for one colon.
    server.get(decodeURI(path).replaceAll(':', '::'), async (_request, reply) =>
      sendJson(reply, describeAuthorizationServer(issuer())),
    );
  }
}
