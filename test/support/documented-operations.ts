import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  parse,
  separateOperations,
} from 'graphql';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'operations');

/** An operation of docs/operations, with the fragments that it needs. */
export interface DocumentedOperation {
  readonly name: string;
  readonly kind: OperationDefinitionNode['operation'];
  /** The root field that it asks for. */
  readonly rootField: string;
  /** When one uses it, in the comment above it. */
  readonly comment: string;
  readonly file: string;
  readonly document: DocumentNode;
}

function readFiles(): { file: string; text: string }[] {
  const names = globSync('*.graphql', { cwd: FOLDER }).sort();
  return names.map((file) => ({ file: basename(file), text: readFileSync(join(FOLDER, file), 'utf8') }));
}

/** Every operation and fragment, each of which has a name. */
export function readDefinitions(): ((OperationDefinitionNode | FragmentDefinitionNode) & {
  readonly name: NameNode;
})[] {
  const { definitions } = parse(
    readFiles()
      .map(({ text }) => text)
      .join('\n'),
  );
  return definitions as ReturnType<typeof readDefinitions>;
}

/** The operations as the files have them, in the order of the files. */
export function readOperations(): DocumentedOperation[] {
  const files = readFiles();
  const separated = separateOperations(parse(files.map(({ text }) => text).join('\n')));
  return files.flatMap(({ file, text }) =>
    parse(text).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? [describe(file, text, definition, separated)] : [],
    ),
  );
}

function describe(
  file: string,
  text: string,
  { name, operation, selectionSet, loc }: OperationDefinitionNode,
  separated: Record<string, DocumentNode>,
): DocumentedOperation {
  const [field] = selectionSet.selections;
  const document = separated[name?.value ?? ''];
  if (name === undefined || field?.kind !== Kind.FIELD || document === undefined) {
    throw new Error(`${file} has an operation without a name, or without a field`);
  }
  const [, comment = ''] = /# ([^\n]+)\n$/.exec(text.slice(0, loc?.start)) ?? [];
  return { name: name.value, kind: operation, rootField: field.name.value, comment, file, document };
}

/** The document of one operation, as a client's build step gives it to the client. */
export function documentOf(name: string): DocumentNode {
  const found = readOperations().find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`docs/operations has no ${name}`);
  return found.document;
}
