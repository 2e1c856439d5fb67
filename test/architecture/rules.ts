import { dirname } from 'node:path/posix';
import { COMPUTED, type Import, type SourceFile } from './source-graph.js';

/** The files that may cross the layers: they start, build or end the whole. */
const TOP_LEVEL = [
  'app.ts',
  'background-work.ts',
  'backup.ts',
  'cli.ts',
  'config.error.ts',
  'config.fields.ts',
  'config.identity-provider.ts',
  'config.observation.ts',
  'config.trusted-documents.ts',
  'config.ts',
  'exit.ts',
  'identity-provider.ts',
  'key-ring.file.ts',
  'key-ring.report.ts',
  'base-url.ts',
  'main.ts',
  'metric.registry.ts',
  'metrics.ts',
  'operator.socket.ts',
  'organizations.file.ts',
  'process-metrics.ts',
  'request-durations.ts',
  'rotate-keys.ts',
  'routes.ts',
  'secrets.file.ts',
  'services.ts',
  'storage.ts',
  'tracing.ts',
  'trusted-documents.file.ts',
];

/** What the files of each layer may import of ours, as the beginnings of paths. */
function mayImport(path: string): readonly string[] {
  const [layer, part] = path.split('/');
  switch (layer) {
    case 'lib':
      return ['lib/'];
    case 'domain':
      return ['domain/', 'lib/'];
    case 'stores':
      return ['stores/', 'domain/', 'lib/'];
    case 'outbound':
      return ['outbound/', 'domain/', 'lib/'];
    case 'transports':
      return [`transports/${part}/`, 'transports/http/', 'domain/', 'lib/'];
    // The React app talks HTTP only.
    case 'console':
      return ['console/'];
    default:
      return [];
  }
}

/** The imports that the dependency rule forbids, and the files that stand where it knows no rule for them. */
export function forbiddenImports(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  // A path of ours that leads to no file: out of the tree, or by a name that the checker does not follow.
  const isUnknown = ({ to, local }: Import) => to === COMPUTED || (local && !paths.has(to));
  return files.flatMap(({ path, imports }) => {
    if (TOP_LEVEL.includes(path)) return imports.filter(isUnknown).map(describe);
    const allowed = mayImport(path);
    if (allowed.length === 0) return [`${path} stands where no file belongs`];
    const isAllowed = ({ to, local }: Import) => !local || allowed.some((beginning) => to.startsWith(beginning));
    return imports.filter((each) => isUnknown(each) || !isAllowed(each)).map(describe);
  });
}

function describe({ from, to }: Import): string {
  return `${from} imports ${to}`;
}

/** The circles of imports, each from the file that comes first in the alphabet and back to it. */
export function cycles(files: readonly SourceFile[], kind: 'at run time' | 'with types' = 'with types'): string[] {
  return circlesOf(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ typeOnly }) => kind === 'with types' || !typeOnly).map(({ to }) => to),
    ]),
  );
}

/** The circles of folders, each of which is read before those that import from it; the root joins all of them. */
export function folderCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { path, imports } of files) {
    const from = dirname(path);
    const others = imports.filter(({ local, to }) => local && dirname(to) !== from).map(({ to }) => dirname(to));
    edges.set(from, [...(edges.get(from) ?? []), ...others]);
  }
  edges.delete('.');
  return circlesOf([...edges]);
}

function circlesOf(edgesOf: readonly (readonly [string, readonly string[]])[]): string[] {
  const edges = new Map(edgesOf);
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start >= 0) found.add(circle(trail.slice(start)));
    if (start >= 0 || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return [...found].sort();
}

function circle(nodes: readonly string[]): string {
  const first = nodes.indexOf([...nodes].sort()[0] ?? '');
  const turned = [...nodes.slice(first), ...nodes.slice(0, first)];
  return [...turned, turned[0]].join(' -> ');
}

/** Names that say nothing of what a file is for. */
export function emptyNames(files: readonly SourceFile[]): string[] {
  const words = /(^|[-.])(utils?|helpers?|common|managers?|misc|index)([-.]|$)/i;
  // A token that is shared is a thing; what is only shared is anything.
  const says = (part: string) => !words.test(part) && !/^shared(\.|$)/i.test(part);
  return files.map(({ path }) => path).filter((path) => !path.split('/').every(says));
}
