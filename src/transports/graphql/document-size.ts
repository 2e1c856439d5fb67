import { type DocumentNode, type FieldNode, Kind } from 'graphql';
import { fragmentsOf, type HasSelections } from './coerced-operation.js';

/** A document's size with its fragments expanded. */
export interface DocumentSize {
  /** How deep fields nest; graphql's own rule bounds introspection. */
  readonly depth: number;
  /** Fields and fragments, counted at every spread. */
  readonly selections: number;
  /** Pairs of fields with one response name in one place: graphql compares each pair before it merges them. */
  readonly pairs: number;
}

/** A place in the response, and the number of its selections. */
interface Place {
  count: number;
  readonly places: Map<string, Place>;
}

/**
 * Stops counting just past `selectionsMax`, since nested spreads grow exponentially. A fragment cycle, which another
 * rule refuses, ends where it closes.
 */
export function sizeOf(document: DocumentNode, selectionsMax: number): DocumentSize {
  const fragments = fragmentsOf(document);
  const spread = new Set<string>();
  const open = new Set<string>();
  const size = { depth: 0, selections: 0, pairs: 0 };
  const enter = (parent: Place, name: string): Place => {
    const place = parent.places.get(name) ?? { count: 0, places: new Map() };
    parent.places.set(name, place);
    size.pairs += place.count;
    place.count++;
    return place;
  };
  const walk = ({ selectionSet }: HasSelections, parent: Place, depth: number): void => {
    for (const selection of selectionSet?.selections ?? []) {
      if (size.selections > selectionsMax) return;
      size.selections++;
      if (selection.kind === Kind.FIELD) {
        const below = selection.name.value.startsWith('__') ? NOT_DEEP : depth + 1;
        size.depth = Math.max(size.depth, below);
        walk(selection, enter(parent, responseName(selection)), below);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection, parent, depth);
      } else {
        const name = selection.name.value;
        enter(parent, SPREAD);
        spread.add(name);
        if (open.has(name)) continue;
        open.add(name);
        walk(fragments.get(name) ?? {}, parent, depth);
        open.delete(name);
      }
    }
  };
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) walk(node, { count: 0, places: new Map() }, 0);
  }
  // graphql compares the fields of unused fragments too, before it refuses them.
  for (const [name, node] of fragments) {
    if (!spread.has(name)) walk(node, { count: 0, places: new Map() }, 0);
  }
  return size;
}

const NOT_DEEP = Number.NEGATIVE_INFINITY;

/** graphql compares the fragments of one place too; no field has this name. */
const SPREAD = '...';

function responseName({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
