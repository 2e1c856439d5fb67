import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { createPrincipal } from '../../domain/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '../../domain/tokens/access-token.js';
import { Secret } from '../../lib/secrets.js';
import { parseForm } from '../http/body.js';
import { sendFailure } from '../http/error-response.js';
import { mediaTypeOf } from '../http/request-headers.js';
import { authenticateClient } from './client-credentials.js';
import { sendJson, sendToken } from './json-response.js';
import { type AuthorizationServerMetadata, METADATA_PATH, STANDARD_PATHS, TOKEN_SCOPE } from './metadata.js';
import type { RestServices } from './rest-services.js';

/** OAuth as the RFCs have it, for standard clients: RFC 6749 section 4.4, RFC 7662, RFC 7009, RFC 8414. */
export function registerStandardRoutes(
  server: FastifyInstance,
  services: RestServices,
  metadata: () => AuthorizationServerMetadata,
): void {
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendFailure(error, request, reply, { dialect: 'standard', logger: services.logger });
  const { credentials, tokens, introspection } = services;

  server.post(STANDARD_PATHS.token, { errorHandler }, async (request, reply) => {
    const form = formOf(request);
    const client = await authenticateClient(request, credentials, form);
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw new DomainError('INVALID_REQUEST', { hint: 'grant_type is missing.' });
    if (grantType !== 'client_credentials') throw new DomainError('UNSUPPORTED_GRANT_TYPE');
    if ((form.get('scope') ?? TOKEN_SCOPE) !== TOKEN_SCOPE) throw new DomainError('INVALID_SCOPE');
    const { accessToken } = await tokens.issue(client);
    return sendToken(reply, {
      access_token: accessToken.reveal(),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
      scope: TOKEN_SCOPE,
    });
  });

  server.post(STANDARD_PATHS.introspect, { errorHandler }, async (request, reply) => {
    const form = formOf(request);
    const client = await authenticateClient(request, credentials, form);
    const found = await introspection.introspect(client.organizationId, tokenOf(form));
    return sendJson(
      reply,
      found.active
        ? {
            active: true,
            client_id: found.clientId,
            sub: found.clientId,
            scope: TOKEN_SCOPE,
            token_type: 'Bearer',
            iat: Math.floor(found.issuedAt / 1000),
            exp: Math.floor(found.expiresAt / 1000),
            iss: metadata().issuer,
          }
        : { active: false },
    );
  });

  server.post(STANDARD_PATHS.revoke, { errorHandler }, async (request, reply) => {
    const form = formOf(request);
    const client = await authenticateClient(request, credentials, form);
    const principal = createPrincipal('MACHINE', client.clientId, client.organizationId);
    await tokens.revoke(principal, new Secret(tokenOf(form)));
    return reply.code(200).send();
  });

  server.get(METADATA_PATH, async (_request, reply) => sendJson(reply, metadata()));
}

function formOf(request: FastifyRequest): ReadonlyMap<string, string> {
  if (mediaTypeOf(request.headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new DomainError('INVALID_REQUEST', { hint: 'Send the parameters as application/x-www-form-urlencoded.' });
  }
  return parseForm(request.body as Buffer | undefined);
}

/** RFC 7662 section 2.1 and RFC 7009 section 2.1: `token` is required; a hint about its type may be passed over. */
function tokenOf(form: ReadonlyMap<string, string>): string {
  const token = form.get('token');
  if (token === undefined) throw new DomainError('INVALID_REQUEST', { hint: 'token is missing.' });
  return token;
}
