import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/**
 * How many fields a document may make the gateway resolve at most: fragments are expanded, and what stands inside a list
 * counts once for each entry that the list may have. Small documents multiply; their length says nothing of their work.
 */

/** The most entries of the lists whose size the caller does not choose. */
const ENTRIES_OF: Record<string, number> = { connections: 16, secrets: 2 };
/** Lists as long as `first` says, with what they hold where it does not. */
const FIRST_OF: Record<string, number> = { tokens: 20, auditEvents: 50 };
/** The most that `first` may say, and that the lists of ENTRIES_GIVEN_BY may hold; a variable is taken to. */
export const ENTRIES_MAX = 100;
/** Fields that give as many entries as the list in their argument has. */
export const ENTRIES_GIVEN_BY: Record<string, string> = { introspectTokens: 'tokens', _entities: 'representations' };

type HasSelections = { readonly selectionSet?: SelectionSetNode | undefined };

export function costOf(document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const known = new Map<string, number>();
  const below = ({ selectionSet }: HasSelections): number => {
    let cost = 0;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) cost += 1 + entriesOf(selection) * below(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) cost += below(selection);
      else cost += ofFragment(selection.name.value);
    }
    return cost;
  };
  const ofFragment = (name: string): number => {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    // A cycle of fragments is another rule's fault and ends here.
    known.set(name, 0);
    const cost = below(fragments.get(name) ?? {});
    known.set(name, cost);
    return cost;
  };
  return Math.max(
    0,
    ...document.definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? below(node) : 0)),
  );
}

function entriesOf(field: FieldNode): number {
  const name = field.name.value;
  const argument = (wanted: string) => field.arguments?.find((one) => one.name.value === wanted)?.value;
  const given = ENTRIES_GIVEN_BY[name];
  if (given !== undefined) {
    const list = argument(given);
    return list?.kind === Kind.LIST ? list.values.length : ENTRIES_MAX;
  }
  const byDefault = FIRST_OF[name];
  if (byDefault === undefined) return ENTRIES_OF[name] ?? 1;
  const first = argument('first');
  if (first === undefined) return byDefault;
  return first.kind === Kind.INT ? Math.min(Number(first.value), ENTRIES_MAX) : ENTRIES_MAX;
}
