import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import { toDomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import { type Authenticate, allowedCidrsOf } from '../../domain/principal.js';
import type { Logger } from '../../lib/logger.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { GRAPHQL_BODY_BYTES_MAX } from '../http/body.js';
import { logFault } from '../http/error-response.js';
import { explainUnrouted } from '../http/unrouted.js';
import { type ApolloInput, executeByApollo } from './apollo-execution.js';
import { type GraphqlContext, type LoaderServices, Loaders } from './context.js';
import { DOCUMENT_LIMITS, documentLimitsRule, ERRORS_MAX } from './document-limits.js';
import { DocumentStore } from './document-store.js';
import { errorCountsPlugin } from './error-counts.plugin.js';
import { faultsPlugin, formatError, toRequestError } from './format-error.js';
import { inlineTrace } from './inline-trace.plugin.js';
import { limitsPlugin } from './limits.plugin.js';
import { tellsByStatus } from './media-type.js';
import { CREDENTIAL_HEADERS, readGet, readPost, searchOf } from './request.reader.js';
import { sendRequestError } from './request-error.js';
import { statusByMediaType, withoutTellingStatus } from './status.plugin.js';
import { type DocumentTrust, TrustedDocuments } from './trusted-documents.js';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate;
  readonly limits: LimitService;
  readonly loaderServices: LoaderServices;
  readonly trustedDocuments: DocumentTrust;
  /** Whether to serve Apollo Sandbox and answer introspection. */
  readonly sandbox: boolean;
  /** Is told the code of each error in a response; undefined where metrics are off. */
  readonly countError: ((code: string) => void) | undefined;
  /** The origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  readonly logger: Logger;
}

/**
 * Serves GraphQL: one operation per JSON POST, or a query without secrets by GET from a caller with a credential. A
 * browser that asks for a page gets Apollo Sandbox.
 */
export async function registerGraphql(server: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const documents = new TrustedDocuments(options.trustedDocuments, options.logger);
  const apollo = createApollo(options, documents);
  await apollo.start();
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
      scope.addHook('onClose', () => apollo.stop());
      const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
        sendRequestError(error, request, reply, options);
      scope.setErrorHandler(refuse);
      scope.setNotFoundHandler((request, reply) => refuse(explainUnrouted(server, request, reply), request, reply));
      const execute = (request: FastifyRequest, reply: FastifyReply, input: ApolloInput) =>
        executeByApollo(apollo, request, reply, { ...input, context: () => createContext(request, options) });
      scope.post('', { bodyLimit: GRAPHQL_BODY_BYTES_MAX }, async (request, reply) =>
        execute(request, reply, { body: documents.admit(readPost(request)) }),
      );
      scope.get('', { exposeHeadRoute: false }, async (request, reply) => {
        if (!options.sandbox || !/\btext\/html\b/.test(request.headers.accept ?? '')) {
          return execute(request, reply, { search: searchOf(documents.admit(readGet(request))) });
        }
        request.headers.accept = 'text/html';
        // Apollo must not find an operation beside it.
        return execute(request, reply, { search: '' });
      });
    },
    { prefix: GRAPHQL_PATH },
  );
}

function createApollo(options: GraphqlOptions, { persistedQueries }: TrustedDocuments): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema: options.schema,
    introspection: options.sandbox,
    csrfPrevention: { requestHeaders: [...CREDENTIAL_HEADERS] },
    allowBatchedHttpRequests: false,
    persistedQueries,
    documentStore: new DocumentStore(),
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !options.sandbox,
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    validationOptions: { maxErrors: ERRORS_MAX },
    executionOptions: { maxCoercionErrors: ERRORS_MAX },
    validationRules: [documentLimitsRule],
    formatError: (formatted, thrown) => formatError(formatted, thrown, options.sandbox),
    logger: toApolloLogger(options.logger),
    plugins: [
      // No response may be cached, and cache hints double the work of a list.
      ApolloServerPluginCacheControlDisabled(),
      options.sandbox ? sandbox() : ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      inlineTrace,
      faultsPlugin(options.logger),
      limitsPlugin(options.schema, options.limits),
      statusByMediaType,
      ...(options.countError === undefined ? [] : [errorCountsPlugin(options.countError)]),
    ],
  });
}

/** Sends Apollo's messages to our log, never to standard output. */
function toApolloLogger(logger: Logger) {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    logger[level]('apollo server', { detail: String(message) });
  return { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') };
}

/** Embedded Sandbox, whose environment variable `bearer` fills the Authorization header. */
function sandbox(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageLocalDefault({
    embed: { endpointIsEditable: false, runTelemetry: false },
    footer: false,
    headers: { Authorization: 'Bearer {{bearer}}' },
    document: 'query Viewer {\n  viewer {\n    id\n    role\n    scopes\n    organization {\n      id\n    }\n  }\n}\n',
  });
}

async function createContext(request: FastifyRequest, options: GraphqlOptions): Promise<GraphqlContext> {
  const requestId = request.id;
  try {
    const principal = await authenticateRequest(request, options);
    requireAllowedAddress(request, principal === undefined ? [] : allowedCidrsOf(principal));
    return { requestId, principal, loaders: new Loaders(principal, options.loaderServices) };
  } catch (error) {
    logFault(toDomainError(error), request, options.logger);
    const refusal = toRequestError(error, requestId, request.headers.authorization);
    throw tellsByStatus(request.headers.accept) ? refusal : withoutTellingStatus(refusal);
  }
}
