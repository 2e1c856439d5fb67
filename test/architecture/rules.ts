import { COMPUTED, type Import, type SourceFile } from './source-graph.js';

/** The files that may cross the layers: they start, build or end the whole. */
const TOP_LEVEL = [
  'app.ts',
  'background-work.ts',
  'cli.ts',
  'config.error.ts',
  'config.fields.ts',
  'config.ts',
  'exit.ts',
  'key-ring.file.ts',
  'key-ring.report.ts',
  'base-url.ts',
  'main.ts',
  'organizations.file.ts',
  'rotate-keys.ts',
  'services.ts',
  'storage.ts',
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
    case 'identity':
      return ['identity/', 'domain/', 'lib/'];
    case 'tenants':
      return ['tenants/', 'domain/', 'lib/'];
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
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ typeOnly }) => kind === 'with types' || !typeOnly).map(({ to }) => to),
    ]),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.add(circle(trail.slice(start)));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return [...found].sort();
}

function circle(paths: readonly string[]): string {
  const first = paths.indexOf([...paths].sort()[0] ?? '');
  const turned = [...paths.slice(first), ...paths.slice(0, first)];
  return [...turned, turned[0]].join(' -> ');
}

/** Names that say nothing of what a file is for. */
export function emptyNames(files: readonly SourceFile[]): string[] {
  const words = /(^|[-.])(utils?|helpers?|common|managers?|misc|shared|index)([-.]|$)/i;
  return files.map(({ path }) => path).filter((path) => path.split('/').some((part) => words.test(part)));
}
