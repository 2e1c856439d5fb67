import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { machineOf } from '../../domain/principal.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from '../../domain/tokens/access-token.js';
import type { UpstreamToken } from '../../domain/tokens/upstream-introspection.js';
import { Secret } from '../../lib/secrets.js';
import { parseForm } from '../http/body.js';
import { sendFailure } from '../http/error-response.js';
import { FORM_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { explainUnrouted } from '../http/unrouted.js';
import { toldIn } from './call-limit.js';
import { authenticateClient } from './client-credentials.js';
import { authenticateIntrospector } from './introspector.js';
import { INACTIVE, sendJson, sendToken } from './json-response.js';
import { STANDARD_PATHS, STANDARD_PREFIX, TOKEN_SCOPE } from './metadata.route.js';
import { answerRepeated, type Introspected } from './repeated-introspection.js';
import type { RestServices } from './rest-services.js';

const PARAMETERS = new Set(['grant_type', 'scope', 'client_id', 'client_secret', 'token', 'token_type_hint']);

/** The OAuth endpoints for standard clients: RFC 6749 section 4.4, RFC 7662, RFC 7009. */
export async function registerStandardRoutes(
  server: FastifyInstance,
  services: RestServices,
  issuer: () => string,
): Promise<void> {
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendFailure(error, request, reply, { dialect: 'standard', logger: services.logger });
  await server.register(
    async (scope) => {
      scope.setErrorHandler(fail);
      scope.setNotFoundHandler((request, reply) => fail(explainUnrouted(server, request, reply), request, reply));
      registerToken(scope, services);
      registerIntrospect(scope, services, issuer);
      registerRevoke(scope, services);
    },
    { prefix: STANDARD_PREFIX },
  );
}

function registerToken(scope: FastifyInstance, services: RestServices): void {
  scope.post(STANDARD_PATHS.token, async (request, reply) => {
    const form = formOf(request);
    const { client } = await authenticateClient(request, services, form);
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw new DomainError('INVALID_REQUEST', { hint: 'grant_type is missing.' });
    if (grantType !== 'client_credentials') throw new DomainError('UNSUPPORTED_GRANT_TYPE');
    requireKnownScope(form.get('scope'));
    const { accessToken } = await services.machines.issue(client, toldIn(reply));
    return sendToken(reply, {
      access_token: accessToken.reveal(),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
      scope: TOKEN_SCOPE,
    });
  });
}

function registerIntrospect(scope: FastifyInstance, services: RestServices, issuer: () => string): void {
  const introspect = async (request: FastifyRequest, reply: FastifyReply): Promise<Introspected> => {
    const form = formOf(request);
    const { caller, proven } = await authenticateIntrospector(request, services, form);
    const presented = tokenOf(form);
    const found = await services.machines.introspect(caller, presented, toldIn(reply));
    const token = found.active ? found.token : null;
    const answer = token === null ? INACTIVE : JSON.stringify(describeToken(token, issuer()));
    return { proven, presented, token, answer };
  };
  const path = STANDARD_PREFIX + STANDARD_PATHS.introspect;
  scope.post(STANDARD_PATHS.introspect, answerRepeated(services, { path, dialect: 'standard', introspect }));
}

function registerRevoke(scope: FastifyInstance, services: RestServices): void {
  scope.post(STANDARD_PATHS.revoke, async (request, reply) => {
    const form = formOf(request);
    const { client } = await authenticateClient(request, services, form);
    const token = new Secret(tokenOf(form));
    await services.machines.revoke(machineOf(client, 'client secret'), token, toldIn(reply));
    // RFC 7009 section 2.2 is silent on the body, but common clients parse one.
    return sendJson(reply, {});
  });
}

/** RFC 7662 section 2.2: the response for an active token, with times in seconds. */
function describeToken({ clientId, issuedAt, expiresAt }: AccessToken | UpstreamToken, issuer: string) {
  return {
    active: true,
    client_id: clientId,
    sub: clientId,
    scope: TOKEN_SCOPE,
    token_type: 'Bearer',
    ...(issuedAt === undefined ? {} : { iat: Math.floor(issuedAt / 1000) }),
    exp: Math.floor(expiresAt / 1000),
    iss: issuer,
  };
}

/** RFC 6749 section 3.3: `scope` is a list; order and repetition do not matter. */
function requireKnownScope(scope: string | undefined): void {
  const asked = (scope ?? '').split(' ').filter((name) => name !== '');
  if (asked.some((name) => name !== TOKEN_SCOPE)) throw new DomainError('INVALID_SCOPE');
}

function formOf(request: FastifyRequest): ReadonlyMap<string, string> {
  if (mediaTypeOf(request.headers['content-type']) !== FORM_TYPE) {
    throw new DomainError('INVALID_REQUEST', { hint: 'Send the parameters as application/x-www-form-urlencoded.' });
  }
  return parseForm(request.body as Buffer | undefined, PARAMETERS);
}

/** RFC 7662 section 2.1 and RFC 7009 section 2.1: `token` is required; a server may ignore `token_type_hint`. */
function tokenOf(form: ReadonlyMap<string, string>): string {
  const token = form.get('token');
  if (token === undefined) throw new DomainError('INVALID_REQUEST', { hint: 'token is missing.' });
  return token;
}
