import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseAst } from 'vite';

/** One import, re-export or dynamic import of a source file. */
export interface Import {
  readonly from: string;
  /** A path from the root of the tree, or the name of a package. */
  readonly to: string;
  /** Whether it names a path, not a package. */
  readonly local: boolean;
  /** Whether it vanishes when the types do. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
  /** Whether it reads the environment: `process.env`, or the `process` or `env` of node:process. */
  readonly readsEnvironment: boolean;
  /** The names of the methods that it calls. */
  readonly calledMethods: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Every node of the tree, itself first. */
function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

/** Reads one file, given as `path` from the root of the tree and its text. */
export function readSource(path: string, text: string): SourceFile {
  const nodes = [...walk(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }, path) as unknown as Node)];
  return {
    path,
    lines: text.split('\n').length - 1,
    imports: nodes.flatMap((node) => importOf(path, node)),
    hasDefaultExport: nodes.some(exportsDefault),
    readsEnvironment: nodes.some(readsEnvironment),
    calledMethods: new Set(nodes.flatMap(calledMethod)),
  };
}

/** What is made of the schema, what vite takes its settings from, and the types of what others wrote. */
const NOT_OURS = ['**/generated/**', '**/vite.config.ts', '**/*.types.d.ts'];

/** Every file under `root` that is TypeScript, and ours. */
export function readTree(root: string): readonly SourceFile[] {
  const paths = globSync('**/*.{ts,tsx,mts,cts}', { cwd: root, exclude: NOT_OURS });
  return paths.sort().map((path) => readSource(path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')));
}

/** Where a dynamic import leads that does not say it by a plain text. */
export const COMPUTED = '(computed)';

const IMPORTING = new Set([
  'ImportDeclaration',
  'ImportExpression',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'TSImportType',
  'TSExternalModuleReference',
]);

function importOf(from: string, node: Node): Import[] {
  if (!IMPORTING.has(node.type)) return [];
  const source = (node.source ?? node.expression) as Node | null | undefined;
  // `export { name }` without a source imports nothing.
  if (!isNode(source)) return [];
  // What is not written out cannot be judged.
  const name = source.type === 'Literal' ? String(source.value) : COMPUTED;
  // Neither a style sheet nor what is generated imports anything of ours.
  if (/\.css$|\/generated\//.test(name)) return [];
  const local = name.startsWith('.');
  const to = local ? posix.join(posix.dirname(from), name).replace(/\.js(x?)$/, '.ts$1') : name;
  return [{ from, to, local, typeOnly: isTypeOnly(node) }];
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = (node.specifiers ?? []) as Node[];
  return specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === 'type');
}

function exportsDefault(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration' || node.type === 'TSExportAssignment') return true;
  return node.type === 'ExportSpecifier' && nameOf(node.exported) === 'default';
}

function readsEnvironment(node: Node): boolean {
  if (node.type === 'ImportDeclaration') return /^(node:)?process$/.test(String((node.source as Node).value));
  if (node.type === 'MemberExpression') return isProcess(node.object) && nameOf(node.property) === 'env';
  // `const { env } = process`, or `process` handed on as a whole.
  return node.type === 'VariableDeclarator' && isProcess(node.init);
}

function calledMethod(node: Node): string[] {
  if (node.type !== 'CallExpression' || !isNode(node.callee) || node.callee.type !== 'MemberExpression') return [];
  return [nameOf(node.callee.property) ?? ''];
}

function isProcess(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === 'MemberExpression')
    return nameOf(node.object) === 'globalThis' && nameOf(node.property) === 'process';
  return node.type === 'Identifier' && node.name === 'process';
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return String(node.type === 'Literal' ? node.value : node.name);
}
