import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Logger } from '../../lib/logger.js';
import { type Admit, createAdmission } from './admission.js';
import { admissionPlugin } from './admission.plugin.js';
import type { GraphqlContext } from './context.js';
import { DirectExecution } from './direct-execution.js';
import { DOCUMENT_LIMITS, documentLimitsRule, ERRORS_MAX } from './document-limits.js';
import { errorCountsPlugin } from './error-counts.plugin.js';
import { createRespond } from './execution-response.js';
import { faultsPlugin, formatError } from './format-error.js';
import { inlineTrace } from './inline-trace.plugin.js';
import { KnownDocuments } from './known-documents.js';
import { QueryPlans } from './query-plans.js';
import { CREDENTIAL_HEADERS } from './request.reader.js';
import { statusByMediaType } from './status.plugin.js';

export interface ExecutionOptions {
  readonly schema: GraphQLSchema;
  readonly limits: LimitService;
  /** Whether to serve Apollo Sandbox and answer introspection. */
  readonly sandbox: boolean;
  /** Whether queries that come again have plans. */
  readonly plansQueries: boolean;
  /** Is told the code of each error in a response; undefined where metrics are off. */
  readonly countError: ((code: string) => void) | undefined;
  readonly logger: Logger;
}

type PersistedQueries = NonNullable<ApolloServerOptions<GraphqlContext>['persistedQueries']>;

/** Apollo's pipeline, and the direct way for documents that it has validated. */
export function createExecution(options: ExecutionOptions, persistedQueries: PersistedQueries) {
  const { schema, limits, sandbox: suggests, countError, logger } = options;
  const plans = options.plansQueries ? new QueryPlans(schema) : undefined;
  const documents = new KnownDocuments();
  const admit = createAdmission(schema, limits);
  const respond = createRespond({ suggests, countError, logger });
  return {
    documents,
    apollo: createApollo(options, { persistedQueries, documents, admit }),
    direct: new DirectExecution({ schema, documents, admit, respond, plans }),
    admit,
    respond,
  };
}

interface ApolloParts {
  readonly persistedQueries: PersistedQueries;
  readonly documents: KnownDocuments;
  readonly admit: Admit;
}

function createApollo(
  options: ExecutionOptions,
  { persistedQueries, documents, admit }: ApolloParts,
): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema: options.schema,
    introspection: options.sandbox,
    csrfPrevention: { requestHeaders: [...CREDENTIAL_HEADERS] },
    allowBatchedHttpRequests: false,
    persistedQueries,
    documentStore: documents,
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
      admissionPlugin(options.schema, admit),
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

/** Embedded Sandbox. It sends the console's cookie; an Authorization header that its user adds comes first. */
function sandbox(): ApolloServerPlugin {
  return ApolloServerPluginLandingPageLocalDefault({
    embed: { endpointIsEditable: false, runTelemetry: false },
    footer: false,
    includeCookies: true,
    document: 'query Viewer {\n  viewer {\n    id\n    role\n    scopes\n    organization {\n      id\n    }\n  }\n}\n',
  });
}
