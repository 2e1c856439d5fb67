import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '../../domain/tokens/access-token.js';
import { parseJson } from '../http/body.js';
import { mediaTypeOf } from '../http/request-headers.js';
import { authenticateClient } from './client-credentials.js';
import { sendJson, sendToken } from './json-response.js';
import type { RestServices } from './rest-services.js';

const TOKEN_PATH = '/v1/users/m2m/oauth/token';
const INTROSPECT_PATH = '/v1/users/m2m/oauth/token/introspect';

/** The credential endpoints of Gainsight NXT, as its documentation and its clients in the field have them. */
export function registerCompatibleRoutes(server: FastifyInstance, services: RestServices): void {
  // Clients send no body, an empty JSON type or a form here; none of it is needed, so none of it is looked at.
  const ignoreContentType = (request: FastifyRequest, _reply: unknown, done: () => void) => {
    delete request.headers['content-type'];
    done();
  };
  server.post(TOKEN_PATH, { onRequest: ignoreContentType }, async (request, reply) => {
    const client = await authenticateClient(request, services.credentials);
    const { accessToken } = await services.tokens.issue(client);
    return sendToken(reply, {
      access_token: accessToken.reveal(),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
    });
  });

  server.post(INTROSPECT_PATH, async (request, reply) => {
    const client = await authenticateClient(request, services.credentials);
    const mediaType = mediaTypeOf(request.headers['content-type']);
    if (mediaType !== undefined && mediaType !== 'application/json') throw new DomainError('INVALID_REQUEST');
    const token = accessTokenOf(parseJson(request.body as Buffer | undefined));
    const found = await services.introspection.introspect(client.organizationId, token);
    // Unlike RFC 7662, this contract's `exp` is in milliseconds.
    return sendJson(
      reply,
      found.active
        ? { active: true, client_id: found.clientId, token_type: 'Bearer', exp: found.expiresAt }
        : { active: false },
    );
  });
}

function accessTokenOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'access_token' in body) {
    const { access_token: accessToken } = body;
    if (typeof accessToken === 'string' && accessToken !== '') return accessToken;
  }
  throw new DomainError('INVALID_REQUEST');
}
