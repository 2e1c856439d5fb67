import { type GraphQLSchema, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CoercedOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { PlanRun, type ResponseData } from './plan-run.js';
import { planQuery, type QueryPlan } from './query-plan.js';

/** Of all plans together: hundreds of a frontend's documents, at most 15 MB. */
const FIELDS_MAX = 20_000;
const NO_PLAN = 'no plan';

/** The plans of the queries that were executed last. */
export class QueryPlans {
  readonly #schema: GraphQLSchema;
  readonly #known = new LRUCache<OperationDefinitionNode, QueryPlan | typeof NO_PLAN>({
    maxSize: FIELDS_MAX,
    sizeCalculation: (plan) => (plan === NO_PLAN ? 1 : plan.fieldsCount),
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /**
   * A query's data by its plan; undefined where graphql-js has to execute it. It calls the same resolvers again then,
   * whose loaders give what they have read. For nobody no plan is made: the guards refuse nearly all.
   */
  async execute(coerced: CoercedOperation, context: GraphqlContext): Promise<ResponseData | undefined> {
    if (coerced.operation.operation !== OperationTypeNode.QUERY || context.principal === undefined) return undefined;
    const plan = this.#planOf(coerced);
    if (plan === NO_PLAN) return undefined;
    context.loaders.rememberReads();
    return new PlanRun(context, coerced.variables).execute(plan.complete);
  }

  #planOf({ operation, fragments }: CoercedOperation): QueryPlan | typeof NO_PLAN {
    let plan = this.#known.get(operation);
    if (plan === undefined) {
      plan = planQuery(this.#schema, { operation, fragments: Object.fromEntries(fragments) }) ?? NO_PLAN;
      this.#known.set(operation, plan);
    }
    return plan;
  }
}
