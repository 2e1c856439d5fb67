import { getDirective } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  type GraphQLFieldConfig,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { GraphqlContext } from './context.js';

/**
 * Decides, alone, who may resolve which field: puts a check before each field's resolver, from the `@authenticated` and
 * `@requiresScopes` directives of the finished subgraph schema, which routers read too. A schema with an unguarded field
 * is refused.
 *
 * The checks are synchronous, since an asynchronous check would cost each field a turn of the event loop.
 */

/** Whether a caller passes a field's rules. */
export type MayResolve = (coordinate: string, principal: Principal) => boolean;

export function createMayResolve(schema: GraphQLSchema): MayResolve {
  const rules = collectRules(schema);
  return (coordinate, principal) => admitsAll(rules.get(coordinate) ?? [], principal);
}

/** Admits a caller with every scope of some list, or any authenticated caller if there is no list. */
interface Rule {
  readonly anyOf: readonly (readonly string[])[];
}

/** The schema leaves a field without a rule: the gateway must not start. */
export class MissingRuleError extends Error {}

/** Federation's fields for routers without a credential: the SDL, which our repository publishes. */
const PUBLIC_COORDINATES = new Set(['Query._service', '_Service.sdl']);
/** Types without data of their own that other subgraphs share: a rule here would guard theirs too. */
export const PUBLIC_TYPES: ReadonlySet<string> = new Set(['PageInfo']);
const ENTITIES_COORDINATE = 'Query._entities';
/** The key field of every entity. */
const ENTITY_KEY = 'id';

/**
 * Puts the checks into this schema itself.
 *
 * @throws MissingRuleError if a field has no rule, a mutation admits other callers than super admins, or a rule stands
 * where it protects nothing (an interface, an input, an enum)
 */
export function enforceAuthorization(schema: GraphQLSchema): GraphQLSchema {
  const rules = collectRules(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || PUBLIC_TYPES.has(type.name)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      if (PUBLIC_COORDINATES.has(coordinate)) continue;
      const resolve: Resolve = field.resolve ?? defaultFieldResolver;
      const ofField = rules.get(coordinate) ?? [];
      field.resolve = coordinate === ENTITIES_COORDINATE ? guardEntities(resolve, rules) : guardField(resolve, ofField);
      // Guarded at its beginning too: a stream without events would hide that nobody may see them.
      if (field.subscribe !== undefined) field.subscribe = guardField(field.subscribe, ofField);
    }
  }
  return schema;
}

function guardField(resolve: Resolve, rules: readonly Rule[]): Resolve {
  const guards = rules.filter(({ anyOf }) => anyOf.length > 0);
  if (guards.length === 0) {
    return (source, args, context, info) => {
      if (context.principal === undefined) throw new DomainError('UNAUTHENTICATED');
      return resolve(source, args, context, info);
    };
  }
  return (source, args, context, info) => {
    for (const rule of guards) check(rule, context.principal);
    return resolve(source, args, context, info);
  };
}

type Resolve = NonNullable<GraphQLFieldConfig<unknown, GraphqlContext>['resolve']>;

/**
 * Checks each representation before fetching it: a refused representation becomes an error in its own place. Equal
 * representations are resolved once.
 */
function guardEntities(resolve: Resolve, rules: ReadonlyMap<string, readonly Rule[]>): Resolve {
  const refusalOfEntity = (type: GraphQLObjectType, principal: Principal) => {
    const rulesOfField = (name: string) => rules.get(`${type.name}.${name}`) ?? [];
    const ofKey = refusalOf(rulesOfField(ENTITY_KEY), principal);
    if (ofKey !== undefined) return ofKey;
    // Whoever may read nothing beside the key is not told whether there is such an entity.
    const others = Object.keys(type.getFields()).filter((name) => name !== ENTITY_KEY);
    if (others.some((name) => admitsAll(rulesOfField(name), principal))) return undefined;
    return refusalOf(others.flatMap(rulesOfField), principal) ?? new DomainError('FORBIDDEN');
  };
  return async (source, args, context, info) => {
    const representations = args.representations as { readonly __typename: unknown }[];
    const refusals = representations.map(({ __typename: typeName }) => {
      if (context.principal === undefined) return new DomainError('UNAUTHENTICATED');
      const type = typeof typeName === 'string' ? info.schema.getType(typeName) : undefined;
      if (!isObjectType(type) || getDirective(info.schema, type, 'key') === undefined) {
        return new DomainError('INVALID_REQUEST', { hint: 'A representation names a type that is not an entity.' });
      }
      return refusalOfEntity(type, context.principal);
    });
    const keys = representations.map((representation) => JSON.stringify(representation));
    const allowed = new Map<string, unknown>();
    for (const [index, key] of keys.entries()) {
      if (refusals[index] === undefined) allowed.set(key, representations[index]);
    }
    const found = (await resolve(
      source,
      { ...args, representations: [...allowed.values()] },
      context,
      info,
    )) as unknown[];
    const entities = new Map([...allowed.keys()].map((key, index) => [key, found[index]]));
    return refusals.map((refusal, index) => refusal ?? entities.get(keys[index] as string));
  };
}

function refusalOf(rules: readonly Rule[], principal: Principal): DomainError | undefined {
  const refusing = rules.find((rule) => !admits(rule, principal));
  return refusing && refusalBy(refusing);
}

function check(rule: Rule, principal: Principal | undefined): void {
  if (principal === undefined) throw new DomainError('UNAUTHENTICATED');
  if (!admits(rule, principal)) throw refusalBy(rule);
}

function admitsAll(rules: readonly Rule[], principal: Principal): boolean {
  return rules.every((rule) => admits(rule, principal));
}

function admits({ anyOf }: Rule, { scopes }: Principal): boolean {
  // Each field of each object asks: loops cost a third of what closures do.
  for (const allOf of anyOf) if (hasAll(scopes, allOf)) return true;
  return anyOf.length === 0;
}

function hasAll(scopes: readonly string[], needed: readonly string[]): boolean {
  for (const scope of needed) if (!scopes.includes(scope)) return false;
  return true;
}

function refusalBy({ anyOf }: Rule): DomainError {
  const needed = anyOf.map((allOf) => allOf.join(' and ')).join(', or ');
  return new DomainError('FORBIDDEN', { hint: `The caller lacks the scope that this needs: ${needed}.` });
}

/** Each field's rules by coordinate: its type's and its own. Exported for the policy's tests. */
export function collectRules(schema: GraphQLSchema): ReadonlyMap<string, readonly Rule[]> {
  const rules = new Map<string, readonly Rule[]>();
  const faults: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (!isObjectType(type)) {
      const fields = isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
      const misplaced = [type, ...fields].some((node) => rulesOn(schema, node).length > 0);
      if (misplaced) faults.push(`${type.name} has a rule, but nothing is resolved there: put it on the object types`);
      continue;
    }
    for (const [coordinate, ofField] of fieldRules(schema, type)) {
      if (PUBLIC_COORDINATES.has(coordinate) || coordinate === ENTITIES_COORDINATE) continue;
      if (PUBLIC_TYPES.has(type.name)) {
        if (ofField.length > 0) faults.push(`${coordinate} has a rule, but ${type.name} is public`);
        continue;
      }
      if (ofField.length === 0) faults.push(`${coordinate} has no rule`);
      if (type === schema.getMutationType() && !ofField.some(isSuperAdminOnly)) {
        faults.push(`${coordinate} is a mutation that does not require m2m:admin`);
      }
      rules.set(coordinate, ofField);
    }
  }
  if (faults.length > 0) {
    throw new MissingRuleError(`The schema must say of every field who may resolve it. ${faults.join('; ')}.`);
  }
  return rules;
}

function fieldRules(schema: GraphQLSchema, type: GraphQLObjectType): [string, readonly Rule[]][] {
  const ofType = rulesOn(schema, type);
  return Object.values(type.getFields()).map((field) => [
    `${type.name}.${field.name}`,
    [...ofType, ...rulesOn(schema, field)],
  ]);
}

function isSuperAdminOnly({ anyOf }: Rule): boolean {
  return anyOf.length > 0 && anyOf.every((allOf) => allOf.includes('m2m:admin'));
}

function rulesOn(schema: GraphQLSchema, node: Parameters<typeof getDirective>[1]): Rule[] {
  const authenticated = getDirective(schema, node, 'authenticated') ?? [];
  const requiresScopes = getDirective(schema, node, 'requiresScopes') ?? [];
  return [
    ...authenticated.map(() => ({ anyOf: [] })),
    ...requiresScopes.map(({ scopes }) => ({ anyOf: scopes as string[][] })),
  ];
}
