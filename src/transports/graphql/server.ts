import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ConnectionFeed } from '../../domain/connections/connection.feed.js';
import { toDomainError } from '../../domain/errors.js';
import { type Authenticate, allowedCidrsOf } from '../../domain/principal.js';
import type { Clock } from '../../lib/clock.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { GRAPHQL_BODY_BYTES_MAX } from '../http/body.js';
import { logFault } from '../http/error-response.js';
import type { SessionCookie } from '../http/session-cookie.js';
import { explainUnrouted } from '../http/unrouted.js';
import { type ApolloInput, executeByApollo } from './apollo-execution.js';
import { type GraphqlContext, type LoaderServices, Loaders } from './context.js';
import { createExecution, type ExecutionOptions } from './execution.js';
import { toRequestError } from './format-error.js';
import { RESPONSE_TYPE, tellsByStatus } from './media-type.js';
import { OpenStreams, type StreamTimes } from './open-streams.js';
import { type OperationParams, readGet, readPost, searchOf, settleMediaType } from './request.reader.js';
import { sendRequestError } from './request-error.js';
import { withoutTellingStatus } from './status.plugin.js';
import { findSubscription, isBrokenSubscription } from './subscription-request.js';
import { type CreateContext, Subscriptions } from './subscriptions.js';
import { type DocumentTrust, TrustedDocuments } from './trusted-documents.js';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlOptions extends ExecutionOptions {
  readonly authenticate: Authenticate;
  /** The same without a sign that the caller is still there: an open stream keeps no session alive. */
  readonly authenticateAgain: Authenticate;
  readonly loaderServices: LoaderServices;
  readonly trustedDocuments: DocumentTrust;
  /** The origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  readonly sessionCookie: SessionCookie;
  readonly connectionFeed: ConnectionFeed;
  readonly streamTimes: StreamTimes | undefined;
  readonly clock: Clock;
}

/**
 * Serves GraphQL: one operation per JSON POST, or one without secrets, that changes nothing, by GET from a caller with a
 * credential. A browser that asks for a page gets Apollo Sandbox.
 */
export async function registerGraphql(server: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const documents = new TrustedDocuments(options.trustedDocuments, options.logger);
  const { apollo, direct, admit, respond } = createExecution(options, documents.persistedQueries);
  await apollo.start();
  const createContext: CreateContext = (request, when) => contextOf(request, when, options);
  const { subscriptions, streams } = createSubscriptions(options, { admit, respond, createContext });
  await server.register(
    async (scope) => {
      if (options.corsOrigins.length > 0) {
        // The cors plugin would answer every OPTIONS; the gateway serves preflights only.
        scope.addHook('onRequest', (request, reply, done) => {
          const { origin, 'access-control-request-method': method } = request.headers;
          if (request.method === 'OPTIONS' && (origin === undefined || method === undefined)) reply.callNotFound();
          else done();
        });
        await scope.register(cors, {
          origin: [...options.corsOrigins],
          methods: ['GET', 'POST'],
          exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'],
          maxAge: 600,
        });
      }
      scope.addHook('preClose', async () => streams.cutAll());
      scope.addHook('onClose', () => apollo.stop());
      const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
        sendRequestError(error, request, reply, options);
      scope.setErrorHandler(refuse);
      scope.setNotFoundHandler((request, reply) => refuse(explainUnrouted(server, request, reply), request, reply));
      const execute = (request: FastifyRequest, reply: FastifyReply, input: ApolloInput) =>
        executeByApollo(apollo, request, reply, { ...input, context: () => createContext(request, 'at first') });
      scope.post('', { bodyLimit: GRAPHQL_BODY_BYTES_MAX }, async (request, reply) => {
        const params = documents.admit(readPost(request));
        const subscription = findSubscription(params);
        if (subscription !== undefined) return subscriptions.answer(request, reply, subscription);
        settle(request, params);
        const known = direct.find(params, request.headers);
        if (known === undefined) return execute(request, reply, { body: params });
        let context: GraphqlContext;
        try {
          context = await createContext(request, 'at first');
        } catch (error) {
          return executeByApollo(apollo, request, reply, { body: params, context: () => Promise.reject(error) });
        }
        const { status, headers, body } = await direct.execute(known, context, request.headers.accept);
        return reply.code(status).headers(headers).send(body);
      });
      scope.get('', { exposeHeadRoute: false }, async (request, reply) => {
        if (options.sandbox && /\btext\/html\b/.test(request.headers.accept ?? '')) {
          request.headers.accept = 'text/html';
          // Apollo must not find an operation beside it.
          return execute(request, reply, { search: '' });
        }
        const params = documents.admit(readGet(request));
        const subscription = findSubscription(params);
        if (subscription !== undefined) return subscriptions.answer(request, reply, subscription);
        settle(request, params);
        return execute(request, reply, { search: searchOf(params) });
      });
    },
    { prefix: GRAPHQL_PATH },
  );
}

function settle(request: FastifyRequest, params: OperationParams): void {
  if (isBrokenSubscription(params, request.headers.accept)) request.headers.accept = RESPONSE_TYPE;
  else settleMediaType(request);
}

function createSubscriptions(
  options: GraphqlOptions,
  parts: Pick<ConstructorParameters<typeof Subscriptions>[0], 'admit' | 'respond' | 'createContext'>,
) {
  const { clock, streamTimes: times, connectionFeed, sandbox: suggests } = options;
  const streams = new OpenStreams({ clock, times, onBeat: () => connectionFeed.lookAgain() });
  return { streams, subscriptions: new Subscriptions({ ...options, ...parts, suggests, streams }) };
}

async function contextOf(
  request: FastifyRequest,
  when: Parameters<CreateContext>[1],
  options: GraphqlOptions,
): Promise<GraphqlContext> {
  const requestId = request.id;
  const { authenticate, authenticateAgain, limits, sessionCookie } = options;
  // A credential that was good once is nobody's guess.
  const proofs = when === 'again' ? { authenticate: authenticateAgain, limits: undefined } : { authenticate, limits };
  try {
    const principal = await authenticateRequest(request, proofs, sessionCookie);
    requireAllowedAddress(request, principal === undefined ? [] : allowedCidrsOf(principal));
    return { requestId, principal, loaders: new Loaders(principal, options.loaderServices) };
  } catch (error) {
    logFault(toDomainError(error), request, options.logger);
    const refusal = toRequestError(error, requestId, request.headers.authorization);
    throw tellsByStatus(request.headers.accept) ? refusal : withoutTellingStatus(refusal);
  }
}
