import type { FastifyInstance } from 'fastify';
import { sendJson } from './json-response.js';
import { describeAuthorizationServer, metadataPathsOf } from './metadata.js';

/**
 * Serves RFC 8414 metadata at each path that clients derive from the issuer. `issuerPath` is its URL's path, `` if
 * none.
 */
export function registerMetadataRoutes(server: FastifyInstance, issuer: () => string, issuerPath: string): void {
  for (const path of metadataPathsOf(issuerPath)) {
    // The router decodes paths, and reads a single colon as a parameter.
    server.get(decodeURI(path).replaceAll(':', '::'), async (_request, reply) =>
      sendJson(reply, describeAuthorizationServer(issuer())),
    );
  }
}
