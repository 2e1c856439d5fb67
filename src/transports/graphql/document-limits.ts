import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type ValidationContext,
  type ValidationRule,
  visit,
} from 'graphql';
import { sizeOf } from './document-size.js';
import { mayLeaveOutRoot } from './subscription-root.js';

/**
 * The limits of a document. Apollo's parser counts `tokens`; admission.ts computes `cost`, which needs variables;
 * this rule counts the rest. A document may hold a hundred aliased introspections, but not a thousand.
 */
export const DOCUMENT_LIMITS = {
  tokens: 2500,
  depth: 12,
  aliases: 100,
  rootFields: 100,
  directivesOnOneNode: 5,
  selections: 5_000,
  pairs: 2_500,
  cost: 9_000,
} as const;

/** Further errors add no information. */
export const ERRORS_MAX = 5;

/** Response keys that pollute prototypes in clients and routers that merge answers carelessly. */
const DANGEROUS_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses oversized documents before execution. The visitor's null hides the document from graphql's own rules, some of
 * which compare every pair of fields, and one of which throws where a subscription may leave out its root field.
 */
export const documentLimitsRule: ValidationRule = (context: ValidationContext) => ({
  Document(document) {
    const faults = findFaults(document);
    for (const fault of faults.slice(0, ERRORS_MAX)) context.reportError(new GraphQLError(fault));
    return faults.length > 0 ? null : undefined;
  },
});

function findFaults(document: DocumentNode): string[] {
  const counts = { aliases: 0, rootFields: 0 };
  let directives = 0;
  const dangerous = new Set<string>();
  visit(document, {
    enter(node, _key, _parent, _path, ancestors) {
      if ('directives' in node) directives = Math.max(directives, node.directives?.length ?? 0);
      if (node.kind !== Kind.FIELD) return;
      if (node.alias !== undefined) counts.aliases++;
      if (isRootField(ancestors)) counts.rootFields++;
      const { value } = node.alias ?? node.name;
      if (DANGEROUS_NAMES.has(value)) dangerous.add(value);
    },
  });
  const faults = [...dangerous].map((name) => `"${name}" cannot be a response name. Choose another alias.`);
  const { depth, selections, pairs } = sizeOf(document, DOCUMENT_LIMITS.selections);
  const found = { ...counts, directivesOnOneNode: directives, depth, selections };
  for (const [name, count] of Object.entries(found)) {
    const limit = name as keyof typeof found;
    if (count > DOCUMENT_LIMITS[limit]) faults.push(tooMany(limit, count));
  }
  if (pairs > DOCUMENT_LIMITS.pairs) faults.push(TOO_OFTEN);
  if (mayLeaveOutRoot(document)) faults.push(CONDITIONAL_ROOT);
  return faults;
}

/** Whether a field stands in the operation's own selection set; aliases and tokens bound fields in fragments. */
function isRootField(ancestors: readonly (ASTNode | readonly ASTNode[])[]): boolean {
  const parents = ancestors.filter((ancestor): ancestor is ASTNode => !Array.isArray(ancestor));
  return parents.length === 3 && parents[1]?.kind === Kind.OPERATION_DEFINITION;
}

export const TOO_OFTEN = 'The document repeats more fields than can be compared. Ask for each of them once.';

const CONDITIONAL_ROOT = 'A subscription cannot leave out its root field. Put @skip and @include below it.';

const LIMIT_NAMES: Record<Exclude<keyof typeof DOCUMENT_LIMITS, 'tokens' | 'pairs'>, string> = {
  depth: 'levels of fields',
  aliases: 'aliases',
  rootFields: 'root fields',
  directivesOnOneNode: 'directives on one node',
  selections: 'fields and fragments, each counted where it is spread',
  cost: 'fields to resolve, list entries counted',
};

export function tooMany(limit: keyof typeof LIMIT_NAMES, count: number): string {
  return `The document has ${count} ${LIMIT_NAMES[limit]}; at most ${DOCUMENT_LIMITS[limit]} are allowed. Split it.`;
}
