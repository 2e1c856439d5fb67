import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CoercedOperation } from './coerced-operation.js';
import type { GraphqlContext } from './context.js';
import { type Complete, PlanRun, type ResponseData } from './plan-run.js';
import { planQuery } from './query-plan.js';

/** Documents that frontends send again and again, at once. */
const PLANS_MAX = 100;

/** The plans of the queries that were executed last. */
export class QueryPlans {
  readonly #schema: GraphQLSchema;
  readonly #known = new LRUCache<OperationDefinitionNode, Complete | 'no plan'>({ max: PLANS_MAX });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /**
   * A query's data by its plan; undefined where graphql-js has to execute it. What it then resolves again are reads, and
   * those that cost something are the same loader's.
   */
  async execute(coerced: CoercedOperation, context: GraphqlContext): Promise<ResponseData | undefined> {
    const plan = this.#planOf(coerced);
    return plan === 'no plan' ? undefined : new PlanRun(context, coerced.variables).execute(plan);
  }

  #planOf({ operation, fragments }: CoercedOperation): Complete | 'no plan' {
    let plan = this.#known.get(operation);
    if (plan === undefined) {
      plan = planQuery(this.#schema, { operation, fragments: Object.fromEntries(fragments) }) ?? 'no plan';
      this.#known.set(operation, plan);
    }
    return plan;
  }
}
