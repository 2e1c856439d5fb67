import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from '../../domain/tokens/access-token.js';
import type { UpstreamToken } from '../../domain/tokens/upstream-introspection.js';
import { ignoreContentType, parseJson } from '../http/body.js';
import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { toldIn } from './call-limit.js';
import { authenticateClient } from './client-credentials.js';
import { authenticateIntrospector } from './introspector.js';
import { INACTIVE, sendToken } from './json-response.js';
import { answerRepeated, type Introspected } from './repeated-introspection.js';
import type { RestServices } from './rest-services.js';

const TOKEN_PATH = '/v1/users/m2m/oauth/token';
const INTROSPECT_PATH = '/v1/users/m2m/oauth/token/introspect';

/** Gainsight NXT's credential endpoints, as its documentation describes and its clients use them. */
export function registerCompatibleRoutes(server: FastifyInstance, services: RestServices): void {
  // Clients send no body, an empty JSON body or a form.
  server.post(TOKEN_PATH, { onRequest: ignoreContentType }, async (request, reply) => {
    const { client } = await authenticateClient(request, services);
    const { accessToken } = await services.machines.issue(client, toldIn(reply));
    return sendToken(reply, {
      access_token: accessToken.reveal(),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_LIFETIME_SECONDS,
    });
  });

  const introspect = async (request: FastifyRequest, reply: FastifyReply): Promise<Introspected> => {
    const { caller, proven } = await authenticateIntrospector(request, services);
    const mediaType = mediaTypeOf(request.headers['content-type']);
    if (mediaType !== undefined && mediaType !== JSON_TYPE) throw new DomainError('INVALID_REQUEST');
    const presented = accessTokenOf(request.body as Buffer | undefined);
    const found = await services.machines.introspect(caller, presented, toldIn(reply));
    const token = found.active ? found.token : null;
    return { proven, presented, token, answer: token === null ? INACTIVE : describeToken(token) };
  };
  const path = INTROSPECT_PATH;
  server.post(path, answerRepeated(services, { path, dialect: 'compatible', introspect }));
}

/** Unlike RFC 7662, this contract's `exp` is in milliseconds. */
function describeToken({ clientId, expiresAt }: AccessToken | UpstreamToken): string {
  return JSON.stringify({ active: true, client_id: clientId, token_type: 'Bearer', exp: expiresAt });
}

/** The body of nearly all clients: this pattern costs a tenth of a full JSON parse. */
const PLAIN_BODY = /^\{[ \t\r\n]*"access_token"[ \t\r\n]*:[ \t\r\n]*"(\w{1,256})"[ \t\r\n]*\}$/;

function accessTokenOf(bytes: Buffer | undefined): string {
  const [, plain] = PLAIN_BODY.exec(bytes?.toString('latin1') ?? '') ?? [];
  if (plain !== undefined) return plain;
  const body = parseJson(bytes);
  if (typeof body === 'object' && body !== null && 'access_token' in body) {
    const { access_token: accessToken } = body;
    if (typeof accessToken === 'string' && accessToken !== '') return accessToken;
  }
  throw new DomainError('INVALID_REQUEST');
}
