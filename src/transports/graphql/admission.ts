import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Standing } from '../../domain/limits/standing.js';
import type { Principal } from '../../domain/principal.js';
import { failureHeaders } from '../http/error-response.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';
import { createArgumentLimits } from './argument-limits.js';
import { type CallCost, createCallCost } from './call-cost.js';
import type { CoercedOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { createDocumentCost } from './document-cost.js';
import { DOCUMENT_LIMITS, tooMany } from './document-limits.js';
import { toRequestError } from './format-error.js';
import { SettledOperations } from './settled-operations.js';

/** What an admitted operation counted as, and where it left the caller. */
export interface Admission {
  readonly calls: number;
  readonly standing: Standing;
}

/** Before an operation is admitted. */
export const NOT_COUNTED: Admission = { calls: 0, standing: [] };

/** Where a dependency is down the caller is told to come back, and nothing of limits: these are not why it waits. */
const COME_BACK = failureHeaders(new DomainError('TEMPORARILY_UNAVAILABLE'), undefined, 'Bearer');

export type Admit = (coerced: CoercedOperation, context: GraphqlContext) => Promise<Admission>;

/**
 * Weighs, checks and counts a valid operation before execution: it is admitted whole or not at all, and a refused
 * operation counts as nothing. `admit` throws GraphQLErrors.
 */
export function createAdmission(schema: GraphQLSchema, limits: LimitService): Admit {
  const documentCost = createDocumentCost(schema);
  const checkArguments = createArgumentLimits(schema);
  const settled = new SettledOperations();
  const callCost = createCallCost(schema);
  return async (coerced, { principal, requestId }) => {
    settled.check(coerced, () => {
      refuseTooCostly(documentCost(coerced));
      checkArguments(coerced);
    });
    if (principal === undefined) return NOT_COUNTED;
    const cost = callCost(coerced, principal);
    try {
      return { calls: cost.calls, standing: await count(limits, principal, cost) };
    } catch (error) {
      throw toRequestError(error, requestId);
    }
  };
}

/** The headers by which a response tells where its caller stands. */
export function standingHeaders(
  { standing }: Admission,
  errors: readonly GraphQLError[] | undefined,
): Record<string, string> {
  return errors?.some(isUnavailable) ? COME_BACK : rateLimitHeaders(standing);
}

/** The same in the response's body, as `extensions.rateLimit`; undefined where nothing is counted. */
export function describeStanding({ calls, standing }: Admission): { rateLimit: object } | undefined {
  if (standing.length === 0) return undefined;
  const policies = standing.map(({ name, limit, windowSeconds, remaining, resetsInMs }) => ({
    name,
    limit,
    windowSeconds,
    remaining,
    resetMs: Math.ceil(resetsInMs),
  }));
  return { rateLimit: { cost: calls, policies } };
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
