import { type DefinitionNode, type FieldNode, Kind, print, visit } from 'graphql';
import { readDefinitions } from './documented-operations.js';

/**
 * The definitions of docs/operations as a frontend with Relay has them in its source, by name: as they are, and each
 * page with `@connection`, which keeps its pages together in Relay's store.
 */
export function relayDefinitions(): ReadonlyMap<string, string> {
  const named = readDefinitions().map((definition) => {
    const { value: name } = definition.name;
    return [name, printArgumentsInLine(withConnections(name, definition))] as const;
  });
  return new Map(named);
}

/** The text as relay-compiler takes its hash of it. */
function printArgumentsInLine(definition: DefinitionNode): string {
  const inLine = (_whole: string, lines: string) => `(${lines.trim().split(/\n\s*/).join(', ')})`;
  return print(definition).replaceAll(/\(\n([^)]*)\)/g, inLine);
}

function withConnections(owner: string, definition: DefinitionNode): DefinitionNode {
  return visit(definition, { Field: (field) => (isPage(field) ? withConnection(owner, field) : undefined) });
}

function isPage({ selectionSet }: FieldNode): boolean {
  return selectionSet?.selections.some((each) => each.kind === Kind.FIELD && each.name.value === 'edges') ?? false;
}

function withConnection(owner: string, field: FieldNode): FieldNode {
  const name = { kind: Kind.NAME, value: 'connection' } as const;
  const key = { kind: Kind.STRING, value: `${owner}_${field.name.value}` } as const;
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'key' }, value: key } as const;
  return { ...field, directives: [{ kind: Kind.DIRECTIVE, name, arguments: [argument] }] };
}

/** The module that relay-compiler reads. */
export function relaySource(): string {
  const literals = [...relayDefinitions().values()].map((text) => `graphql\`\n${text}\n\`;\n`);
  return `import { graphql } from 'relay-runtime';\n\n${literals.join('\n')}`;
}
