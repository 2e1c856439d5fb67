import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type ValidationContext,
  type ValidationRule,
  visit,
} from 'graphql';
import { costOf } from './document-cost.js';

/**
 * What one document may hold. Apollo's parser counts the tokens; the rest is counted here, fragments as they are
 * written. A hundred aliased introspections have to fit; a thousand must not.
 */
export const DOCUMENT_LIMITS = {
  tokens: 2500,
  depth: 12,
  aliases: 100,
  rootFields: 100,
  directivesOnOneNode: 5,
  operations: 1,
  cost: 10_000,
} as const;

/** More errors than this tell nobody more. */
export const ERRORS_MAX = 5;

/** Response keys that would reach an object's prototype in clients and routers that merge answers carelessly. */
const DANGEROUS_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/** Refuses documents that are too large for their kind, before anything of them runs. */
export const documentLimitsRule: ValidationRule = (context: ValidationContext) => ({
  Document(document) {
    for (const fault of findFaults(document)) context.reportError(new GraphQLError(fault));
    const depth = depthOf(document);
    if (depth > DOCUMENT_LIMITS.depth) context.reportError(new GraphQLError(tooMany('depth', depth)));
    const cost = costOf(document);
    if (cost > DOCUMENT_LIMITS.cost) context.reportError(new GraphQLError(tooMany('cost', cost)));
  },
});

function findFaults(document: DocumentNode): string[] {
  const counts = { aliases: 0, rootFields: 0, operations: 0 };
  let directives = 0;
  const dangerous = new Set<string>();
  visit(document, {
    enter(node, _key, _parent, _path, ancestors) {
      if ('directives' in node) directives = Math.max(directives, node.directives?.length ?? 0);
      if (node.kind === Kind.OPERATION_DEFINITION) counts.operations++;
      if (node.kind !== Kind.FIELD) return;
      if (node.alias !== undefined) counts.aliases++;
      if (isRootField(ancestors)) counts.rootFields++;
      const { value } = node.alias ?? node.name;
      if (DANGEROUS_NAMES.has(value)) dangerous.add(value);
    },
  });
  const faults = [...dangerous].map((name) => `"${name}" cannot be a response name. Choose another alias.`);
  for (const [name, count] of Object.entries({ ...counts, directivesOnOneNode: directives })) {
    const limit = name as keyof typeof counts;
    if (count > DOCUMENT_LIMITS[limit]) faults.push(tooMany(limit, count));
  }
  return faults;
}

/** A field of the operation's own selection set; one inside a fragment is counted by its aliases and tokens. */
function isRootField(ancestors: readonly (ASTNode | readonly ASTNode[])[]): boolean {
  const parents = ancestors.filter((ancestor): ancestor is ASTNode => !Array.isArray(ancestor));
  return parents.length === 3 && parents[1]?.kind === Kind.OPERATION_DEFINITION;
}

const LIMIT_NAMES: Record<Exclude<keyof typeof DOCUMENT_LIMITS, 'tokens'>, string> = {
  depth: 'levels of fields',
  aliases: 'aliases',
  rootFields: 'root fields',
  directivesOnOneNode: 'directives on one node',
  operations: 'operations',
  cost: 'fields to resolve, list entries counted',
};

function tooMany(limit: keyof typeof LIMIT_NAMES, count: number): string {
  return `The document has ${count} ${LIMIT_NAMES[limit]}; at most ${DOCUMENT_LIMITS[limit]} are allowed. Split it.`;
}

/** How deep fields nest, through fragments; introspection is as deep as graphql's own rule for it allows. A cycle of fragments is another rule's fault and ends here. */
function depthOf(document: DocumentNode): number {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const known = new Map<string, number>();
  const below = (node: { selectionSet?: FieldNode['selectionSet'] }): number => {
    let deepest = 0;
    for (const selection of node.selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (!selection.name.value.startsWith('__')) deepest = Math.max(deepest, 1 + below(selection));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        deepest = Math.max(deepest, below(selection));
      } else {
        deepest = Math.max(deepest, ofFragment(selection.name.value));
      }
    }
    return deepest;
  };
  const ofFragment = (name: string): number => {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    known.set(name, 0);
    const fragment = fragments.get(name);
    const depth = fragment === undefined ? 0 : below(fragment);
    known.set(name, depth);
    return depth;
  };
  return Math.max(
    0,
    ...document.definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? below(node) : 0)),
  );
}
