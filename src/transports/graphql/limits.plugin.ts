import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Standing } from '../../domain/limits/standing.js';
import type { Principal } from '../../domain/principal.js';
import { failureHeaders } from '../http/error-response.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';
import { createArgumentLimits } from './argument-limits.js';
import { type CallCost, createCallCost } from './call-cost.js';
import { coerceOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { createDocumentCost } from './document-cost.js';
import { DOCUMENT_LIMITS, tooMany } from './document-limits.js';
import { toRequestError } from './format-error.js';
import { TRACE_HEADER } from './inline-trace.plugin.js';
import { createSecretArguments } from './secret-arguments.js';
import { SettledOperations } from './settled-operations.js';

/** Where a dependency is down the caller is told to come back, and nothing of limits: these are not why it waits. */
const COME_BACK = failureHeaders(new DomainError('TEMPORARILY_UNAVAILABLE'), undefined, 'Bearer');

/**
 * Weighs, checks and counts a valid operation before execution: the plugin admits an operation whole or not at all, and
 * counts no refused operation. The response's headers and `extensions.rateLimit` tell the caller's standing.
 */
export function limitsPlugin(schema: GraphQLSchema, limits: LimitService): ApolloServerPlugin<GraphqlContext> {
  const documentCost = createDocumentCost(schema);
  const checkArguments = createArgumentLimits(schema);
  const settled = new SettledOperations();
  const callCost = createCallCost(schema);
  const secretArgumentOf = createSecretArguments(schema);
  return {
    async requestDidStart() {
      let standing: Standing = [];
      let cost: CallCost = { calls: 0, operations: 0 };
      return {
        async didResolveOperation({ contextValue, operation, document, request }) {
          const { principal, requestId } = contextValue;
          if (operation === undefined) return;
          if (request.http?.method === 'GET') refuseSecret(secretArgumentOf(document));
          const coerced = coerceOperation(schema, operation, document, request.variables ?? {});
          if (coerced === undefined) return;
          settled.check(coerced, () => {
            refuseTooCostly(documentCost(coerced));
            checkArguments(coerced);
          });
          if (principal === undefined) return;
          cost = callCost(coerced, principal);
          try {
            standing = await count(limits, principal, cost);
          } catch (error) {
            throw toRequestError(error, requestId);
          }
        },
        async willSendResponse({ request, response, errors }) {
          const headers = errors?.some(isUnavailable) ? COME_BACK : rateLimitHeaders(standing);
          for (const [name, value] of Object.entries(headers)) response.http.headers.set(name, value);
          if (standing.length === 0) return;
          if (response.body.kind !== 'single' || request.http?.headers.has(TRACE_HEADER)) return;
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, rateLimit: describe(standing, cost.calls) };
        },
      };
    },
  };
}

/** URLs stay in browsers' histories and in the logs of proxies. */
function refuseSecret(argument: string | undefined): void {
  if (argument === undefined) return;
  throw new GraphQLError(`${argument} is a secret and must not stand in a URL: send this operation by POST.`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 405, headers: new HeaderMap([['allow', 'POST']]) } },
  });
}

function isUnavailable({ originalError }: GraphQLError): boolean {
  return originalError instanceof DomainError && originalError.category === 'unavailable';
}

function refuseTooCostly(cost: number): void {
  if (cost <= DOCUMENT_LIMITS.cost) return;
  throw new GraphQLError(tooMany('cost', cost), {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400, headers: new HeaderMap() } },
  });
}

/**
 * Counts calls only if management has room, and management only if calls are admitted: a refusal by one limit leaves
 * the other uncounted, unless another request takes the last of it in between.
 */
async function count(limits: LimitService, principal: Principal, { calls, operations }: CallCost): Promise<Standing> {
  if (operations === 0) return calls === 0 ? [] : limits.countCalls(principal.organizationId, calls);
  if (calls === 0) return limits.countManagement(principal, operations);
  const [management] = await limits.countManagement(principal, 0);
  const isEnough = management === undefined || management.remaining >= operations;
  const counted = isEnough ? await limits.countCalls(principal.organizationId, calls) : [];
  return [...counted, ...(await limits.countManagement(principal, operations))];
}

function describe(standing: Standing, cost: number) {
  return {
    cost,
    policies: standing.map(({ name, limit, windowSeconds, remaining, resetsInMs }) => ({
      name,
      limit,
      windowSeconds,
      remaining,
      resetMs: Math.ceil(resetsInMs),
    })),
  };
}
