import { collectFields } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';
import { instantText } from './instant-text.js';
import { type Complete, type PlannedField, type PlanRun, Unplanned } from './plan-run.js';

/** An operation and the fragments that it may use. */
export interface PlannedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: GraphQLResolveInfo['fragments'];
}

/** Each field counts once for each type that it may be of. A longer plan would hold more memory than it is worth. */
const FIELDS_MAX = 500;
const NO_ARGUMENTS = Object.freeze({});
/** No selection depends on variables where no directive does. */
const NO_VARIABLES = { coerced: {}, sources: {} };

/** A plan, and how many fields it has. */
export interface QueryPlan {
  readonly complete: Complete;
  readonly fieldsCount: number;
}

/**
 * Plans a query: which fields it resolves of which type, in which order, and how their values become the response, is
 * found once for all of its executions. graphql-js finds it anew for each object of each list.
 *
 * A plan answers where all goes well. It has no errors, paths or directives: an operation that has no plan (undefined),
 * or whose plan fails, graphql-js executes.
 */
export function planQuery(schema: GraphQLSchema, planned: PlannedOperation): QueryPlan | undefined {
  const { operation, fragments } = planned;
  const root = schema.getQueryType();
  if (!root || [operation, ...Object.values(fragments)].some(hasDirective)) return undefined;
  const planner = new Planner(schema, planned);
  const complete = planner.planSelection(root, operation.selectionSet.selections);
  return complete && { complete, fieldsCount: planner.fieldsCount };
}

function hasDirective(definition: PlannedOperation['operation'] | PlannedOperation['fragments'][string]): boolean {
  let isFound = false;
  visit(definition, {
    Directive() {
      isFound = true;
    },
  });
  return isFound;
}

/** What a resolver may ask of its execution; of two things, which no resolver of ours asks, a plan knows nothing. */
class PlannedInfo {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: GraphQLResolveInfo['fragments'];
  readonly rootValue = undefined;

  constructor(schema: GraphQLSchema, { operation, fragments }: PlannedOperation) {
    this.schema = schema;
    this.operation = operation;
    this.fragments = fragments;
  }

  get path(): never {
    throw new Unplanned();
  }

  get variableValues(): never {
    throw new Unplanned();
  }
}

/** Each method is undefined where there is no plan. */
class Planner {
  readonly #schema: GraphQLSchema;
  readonly #fragments: PlannedOperation['fragments'];
  readonly #info: PlannedInfo;
  fieldsCount = 0;

  constructor(schema: GraphQLSchema, planned: PlannedOperation) {
    this.#schema = schema;
    this.#fragments = planned.fragments;
    this.#info = new PlannedInfo(schema, planned);
  }

  planSelection(type: GraphQLObjectType, selections: readonly SelectionNode[]): Complete | undefined {
    const selectionSet = { kind: Kind.SELECTION_SET as const, selections };
    const collected = collectFields(this.#schema, this.#fragments, NO_VARIABLES, type, selectionSet).fields;
    const fields: PlannedField[] = [];
    for (const [name, nodes] of collected) {
      if (++this.fieldsCount > FIELDS_MAX) return undefined;
      const field = this.#planField(type, name, nodes);
      if (field === undefined) return undefined;
      fields.push(field);
    }
    return (source, run) => {
      const object: Record<string, unknown> = {};
      for (const field of fields) run.resolve(object, field, source);
      return object;
    };
  }

  #planField(type: GraphQLObjectType, name: string, nodes: readonly FieldNode[]): PlannedField | undefined {
    const [node] = nodes as readonly [FieldNode];
    if (node.name.value === '__typename') return { name, resolve: () => type.name, complete: (value) => value };
    const field = type.getFields()[node.name.value];
    if (field === undefined) return undefined;
    // What all fields of the operation share is on the prototype.
    const info: GraphQLResolveInfo = Object.assign(Object.create(this.#info), {
      fieldName: node.name.value,
      fieldNodes: nodes,
      returnType: field.type,
      parentType: type,
    });
    const complete = this.#planValue(field.type, info);
    if (complete === undefined) return undefined;
    const { resolve = defaultFieldResolver, args } = field;
    const argumentsOf = ({ variables }: PlanRun) =>
      args.length === 0 ? NO_ARGUMENTS : getArgumentValues(field, node, variables);
    return { name, resolve: (source, run) => resolve(source, argumentsOf(run), run.context, info), complete };
  }

  #planValue(type: GraphQLOutputType, info: GraphQLResolveInfo): Complete | undefined {
    if (!isNonNullType(type)) {
      const complete = this.#planPresent(type, info);
      return complete && ((value, run) => (value === null || value === undefined ? null : complete(value, run)));
    }
    const complete = this.#planValue(type.ofType, info);
    if (complete === undefined) return undefined;
    return (value, run) => {
      const completed = complete(value, run);
      if (completed === null) throw new Unplanned();
      return completed;
    };
  }

  #planPresent(type: GraphQLOutputType, info: GraphQLResolveInfo): Complete | undefined {
    if (isListType(type)) return this.#planList(type.ofType, info);
    if (isLeafType(type)) return planLeaf(type);
    if (isAbstractType(type)) return this.#planAbstract(type, info);
    return isObjectType(type) ? this.#planObject(type, info) : undefined;
  }

  #planList(type: GraphQLOutputType, info: GraphQLResolveInfo): Complete | undefined {
    const complete = this.#planValue(type, info);
    if (complete === undefined) return undefined;
    return (value, run) => {
      if (!Array.isArray(value)) throw new Unplanned();
      const list: unknown[] = [];
      for (let index = 0; index < value.length; index++) run.place(list, index, value[index], complete);
      return list;
    };
  }

  #planAbstract(type: GraphQLAbstractType, info: GraphQLResolveInfo): Complete | undefined {
    const byName = new Map<unknown, Complete>();
    for (const possible of this.#schema.getPossibleTypes(type)) {
      const complete = this.#planObject(possible, info);
      if (complete === undefined) return undefined;
      byName.set(possible.name, complete);
    }
    const { resolveType } = type;
    if (!resolveType) return undefined;
    return (value, run) => {
      const complete = byName.get(resolveType(value, run.context, info, type));
      if (complete === undefined) throw new Unplanned();
      return complete(value, run);
    };
  }

  #planObject(type: GraphQLObjectType, info: GraphQLResolveInfo): Complete | undefined {
    // None of ours has it: a plan would have to ask it of each object.
    if (type.isTypeOf) return undefined;
    const selections = info.fieldNodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    return this.planSelection(type, selections);
  }
}

function planLeaf(type: GraphQLLeafType): Complete {
  return (value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) throw new Unplanned();
    return serialized instanceof Date ? instantText(serialized) : serialized;
  };
}
