import { type DocumentNode, type FieldNode, Kind } from 'graphql';
import { fragmentsOf, type HasSelections } from './coerced-operation.js';

/** What a document holds where it runs, fragments put in the place of their names. */
export interface DocumentSize {
  /** How deep fields nest; introspection is as deep as graphql's own rule for it allows. */
  readonly depth: number;
  /** Fields and fragments, each as often as it is spread. */
  readonly selections: number;
  /** Pairs of fields of one response name in one place: as many have to be compared before they may be merged. */
  readonly pairs: number;
}

/** One place in the answer, with how many selections fill it. */
interface Place {
  count: number;
  readonly places: Map<string, Place>;
}

/**
 * Counts no further than a little past `selectionsMax`: fragments that spread each other double with each one, and a
 * circle of them, which is another rule's fault, ends where it closes.
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
  // What nobody spreads is compared all the same, before it is refused.
  for (const [name, node] of fragments) {
    if (!spread.has(name)) walk(node, { count: 0, places: new Map() }, 0);
  }
  return size;
}

const NOT_DEEP = Number.NEGATIVE_INFINITY;

/** Fragments in one place are compared with each other too; no field has this name. */
const SPREAD = '...';

function responseName({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
