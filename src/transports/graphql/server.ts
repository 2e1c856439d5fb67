import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { requireAllowedAddress } from '../../domain/access/allowed-cidrs.js';
import { DomainError, toDomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Authenticate } from '../../domain/principal.js';
import type { Logger } from '../../lib/logger.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { GRAPHQL_BODY_BYTES_MAX, parseJson } from '../http/body.js';
import { fromFramework, logFault } from '../http/error-response.js';
import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { type GraphqlContext, type LoaderServices, Loaders } from './context.js';
import { DOCUMENT_LIMITS, documentLimitsRule, ERRORS_MAX } from './document-limits.js';
import { DocumentStore } from './document-store.js';
import { faultsPlugin, formatError, toRequestError } from './format-error.js';
import { limitsPlugin } from './limits.plugin.js';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate;
  readonly limits: LimitService;
  readonly loaderServices: LoaderServices;
  /** Serve Apollo Sandbox to browsers, and answer introspection. */
  readonly sandbox: boolean;
  /** Origins whose pages may call from a browser. */
  readonly corsOrigins: readonly string[];
  readonly logger: Logger;
}

/** Serves GraphQL: POST with JSON, one operation a request. GET is for the landing page alone: no token in a URL. */
export async function registerGraphql(server: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const apollo = createApollo(options);
  await apollo.start();
  await server.register(
    async (scope) => {
      if (options.corsOrigins.length > 0) {
        // Only a preflight is the cors plugin's: any other OPTIONS is a method that is not taken.
        scope.addHook('onRequest', (request, reply, done) => {
          const { origin, 'access-control-request-method': method } = request.headers;
          if (request.method === 'OPTIONS' && (origin === undefined || method === undefined)) reply.callNotFound();
          else done();
        });
        await scope.register(cors, {
          origin: [...options.corsOrigins],
          methods: ['POST'],
          exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'],
          maxAge: 600,
        });
      }
      scope.addHook('onClose', () => apollo.stop());
      scope.setErrorHandler((error, request, reply) => sendRequestError(error, request, reply, options.logger));
      const handle = fastifyApolloHandler(apollo, { context: (request) => createContext(request, options) });
      scope.post('', { bodyLimit: GRAPHQL_BODY_BYTES_MAX }, (request, reply) => {
        request.body = parseRequest(request);
        return handle.call(scope, request, reply);
      });
      if (options.sandbox) {
        scope.get('', { exposeHeadRoute: false }, (request, reply) => {
          if (!/\btext\/html\b/.test(request.headers.accept ?? '')) {
            reply.header('allow', 'POST');
            throw new DomainError('METHOD_NOT_ALLOWED', { hint: 'Send operations by POST.' });
          }
          // The page and nothing else, so that Apollo cannot find an operation in the URL.
          request.headers.accept = 'text/html';
          return handle.call(scope, request, reply);
        });
      }
    },
    { prefix: GRAPHQL_PATH },
  );
}

function createApollo(options: GraphqlOptions): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema: options.schema,
    introspection: options.sandbox,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
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
      // Nothing here may be cached, and computing hints for it doubles the work of a list.
      ApolloServerPluginCacheControlDisabled(),
      options.sandbox ? sandbox() : ApolloServerPluginLandingPageDisabled(),
      // Answers only a router that asks for a trace; what went wrong stays masked in it.
      ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }),
      faultsPlugin(options.logger),
      limitsPlugin(options.schema, options.limits),
      statusByMediaType,
    ],
  });
}

/** Apollo's own words are for operators: our log, never standard output. */
function toApolloLogger(logger: Logger) {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) =>
    logger[level]('apollo server', { detail: String(message) });
  return { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') };
}

/** Sandbox, embedded, with the bearer's header in place: one fills in its environment variable `bearer`. */
function sandbox(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageLocalDefault({
    embed: { endpointIsEditable: false, runTelemetry: false },
    footer: false,
    headers: { Authorization: 'Bearer {{bearer}}' },
    document: 'query Viewer {\n  viewer {\n    id\n    role\n    scopes\n    organization {\n      id\n    }\n  }\n}\n',
  });
}

/**
 * GraphQL over HTTP: a client that accepts only `application/json` is told of a document that did not parse, validate
 * or coerce with status 200, since an intermediary may have made a 4xx body of that type.
 */
const statusByMediaType: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        const accept = request.http?.headers.get('accept') ?? '';
        const refused = errors?.every(({ extensions }) => DOCUMENT_CODES.has(String(extensions.code))) ?? false;
        if (refused && !accept.includes('application/graphql-response+json')) response.http.status = 200;
      },
    };
  },
};

const DOCUMENT_CODES = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

async function createContext(request: FastifyRequest, options: GraphqlOptions): Promise<GraphqlContext> {
  const requestId = request.id;
  try {
    const principal = await authenticateRequest(request, options);
    requireAllowedAddress(request, principal?.proof?.allowedCidrs ?? []);
    return { requestId, principal, loaders: new Loaders(principal, options.loaderServices) };
  } catch (error) {
    logFault(toDomainError(error), request, options.logger);
    throw toRequestError(error, requestId);
  }
}

function parseRequest(request: FastifyRequest): unknown {
  const contentType = request.headers['content-type'];
  if (mediaTypeOf(contentType) !== JSON_TYPE) {
    throw new UnsupportedMediaType();
  }
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '') ?? [];
  if (charset.toLowerCase() !== 'utf-8') throw new UnsupportedMediaType();
  return parseJson(request.body as Buffer | undefined);
}

class UnsupportedMediaType extends Error {}

const MEDIA_TYPE_HINT = 'Send the operation as application/json, in UTF-8.';

/** Ours, or the framework's of a Content-Type that is none. */
function isUnsupportedMediaType(thrown: unknown): boolean {
  return (
    thrown instanceof UnsupportedMediaType || (thrown as { code?: unknown }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
  );
}

/** A request that never became an operation, in GraphQL's own form. */
function sendRequestError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const fault = toRequestFault(thrown);
  logFault(fault, request, logger);
  const error = toRequestError(fault, request.id);
  const { http, ...extensions } = error.extensions as { http: { status: number; headers: HeaderMap } };
  for (const [name, value] of http.headers) reply.header(name, value);
  const status = isUnsupportedMediaType(thrown) ? 415 : http.status;
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [{ message: error.message, extensions }] }));
}

function toRequestFault(thrown: unknown): DomainError {
  if (isUnsupportedMediaType(thrown)) return new DomainError('INVALID_REQUEST', { hint: MEDIA_TYPE_HINT });
  return fromFramework(thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown);
}
