import { describe, expect, test } from 'vitest';
import { cycles, emptyNames, folderCycles, forbiddenImports } from './rules.js';
import { readSource, type SourceFile } from './source-graph.js';

/** The checks of the dependency rule, on sources that are made up: each has to find what it is there to find. */
function tree(sources: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(sources).map(([path, text]) => readSource(path, text));
}

const EMPTY = {
  'app.ts': '',
  'config.ts': '',
  'lib/clock.ts': '',
  'domain/token.ts': '',
  'stores/sql/token.ts': '',
  'outbound/tenant.ts': '',
  'transports/http/body.ts': '',
  'transports/rest/token.ts': '',
  'transports/graphql/token.ts': '',
  'console/page.tsx': '',
};

describe('what a layer may not import is found', () => {
  test.each([
    ['lib/a.ts', '../domain/token.js'],
    ['lib/a.ts', '../config.js'],
    ['domain/a.ts', '../stores/sql/token.js'],
    ['domain/deep/er/a.ts', '../../../transports/http/body.js'],
    ['domain/a.ts', '../config.js'],
    ['stores/sql/a.ts', '../../transports/http/body.js'],
    ['outbound/a.ts', '../stores/sql/token.js'],
    ['outbound/a.ts', '../transports/http/body.js'],
    ['outbound/a.ts', '../config.js'],
    ['domain/a.ts', '../outbound/tenant.js'],
    ['stores/sql/a.ts', '../../outbound/tenant.js'],
    ['transports/rest/a.ts', '../../outbound/tenant.js'],
    ['transports/rest/a.ts', '../graphql/token.js'],
    ['transports/graphql/a.ts', '../rest/token.js'],
    ['transports/http/a.ts', '../rest/token.js'],
    ['transports/rest/a.ts', '../../stores/sql/token.js'],
    ['transports/rest/a.ts', '../../config.js'],
    ['console/a.tsx', '../domain/token.js'],
    ['lib/a.ts', '../console/page.jsx'],
  ])('%s of %s', (from, specifier) => {
    const [to] = readSource(from, `import '${specifier}';`).imports.map((each) => each.to);
    for (const text of [
      `import { a } from '${specifier}';`,
      `import type { a } from '${specifier}';`,
      `import { type a } from '${specifier}';`,
      `import '${specifier}';`,
      `export { a } from '${specifier}';`,
      `export type { a } from '${specifier}';`,
      `export * from '${specifier}';`,
      `const a = await import('${specifier}');`,
      `type A = import('${specifier}').A;`,
      `import a = require('${specifier}');`,
      `import {\n  a, // a comment\n  b as from,\n} from "${specifier}";`,
    ]) {
      expect(forbiddenImports(tree({ ...EMPTY, [from]: text }))).toEqual([`${from} imports ${to}`]);
    }
  });

  test('where it leads out of the tree, or to no file, or cannot be told', () => {
    const files = tree({
      ...EMPTY,
      'lib/a.ts': "import '../../test/support/gateway.js'; import './gone.js';",
      'domain/b.ts': "const name = '../stores/sql/token.js'; await import(name);",
      'app.ts': "import './gone.js';",
    });
    expect(forbiddenImports(files).sort()).toEqual([
      'app.ts imports gone.ts',
      'domain/b.ts imports (computed)',
      'lib/a.ts imports ../test/support/gateway.ts',
      'lib/a.ts imports lib/gone.ts',
    ]);
  });

  test('and a file that stands in no layer is', () => {
    expect(forbiddenImports(tree({ ...EMPTY, 'helper.ts': '', 'services/a.ts': '' }))).toEqual([
      'helper.ts stands where no file belongs',
      'services/a.ts stands where no file belongs',
    ]);
  });

  test('but what a layer may import, and what only looks like an import, is not', () => {
    const files = tree({
      ...EMPTY,
      'lib/a.ts': "import { clock } from './clock.js'; import { z } from 'zod'; import 'node:fs';",
      'domain/a.ts': "import './token.js'; import '../lib/clock.js'; // import '../stores/sql/token.js'",
      'domain/b.ts': 'const text = "import \'../stores/sql/token.js\'"; /* from "../app.js" */ export { text };',
      'stores/sql/a.ts': "import '../../domain/token.js'; import '../../lib/clock.js'; import './token.js';",
      'outbound/a.ts': "import './tenant.js'; import '../domain/token.js'; import '../lib/clock.js';",
      'transports/rest/a.ts': "import './token.js'; import '../http/body.js'; import '../../domain/token.js';",
      'app.ts': "import './stores/sql/token.js'; import './transports/rest/token.js'; import './outbound/tenant.js';",
    });
    expect(forbiddenImports(files)).toEqual([]);
  });
});

describe('a circle is found', () => {
  const circle = tree({
    'domain/c.ts': "import './a.js';",
    'domain/a.ts': "import './b.js'; import './d.js';",
    'domain/b.ts': "import './c.js';",
    'domain/d.ts': '',
  });

  test('and named once, whichever file it is entered by', () => {
    const expected = ['domain/a.ts -> domain/b.ts -> domain/c.ts -> domain/a.ts'];
    expect(cycles(circle)).toEqual(expected);
    expect(cycles([...circle].reverse())).toEqual(expected);
  });

  test('of a file that imports itself', () => {
    expect(cycles(tree({ 'lib/a.ts': "import './a.js';" }))).toEqual(['lib/a.ts -> lib/a.ts']);
  });

  test('of types alone too, but it is none at run time', () => {
    const files = tree({
      'domain/a.ts': "import { b } from './b.js';",
      'domain/b.ts': "import type { a } from './a.js'; export const b = 1;",
    });
    expect(cycles(files)).toEqual(['domain/a.ts -> domain/b.ts -> domain/a.ts']);
    expect(cycles(files, 'at run time')).toEqual([]);
  });

  test('and none where two ways lead to one file', () => {
    const files = tree({
      'lib/a.ts': "import './b.js'; import './c.js';",
      'lib/b.ts': "import './d.js';",
      'lib/c.ts': "import './d.js';",
      'lib/d.ts': '',
    });
    expect(cycles(files)).toEqual([]);
  });
});

describe('a circle of folders is found', () => {
  test('though no file of it imports itself', () => {
    const files = tree({
      'domain/tokens/a.ts': "import type { b } from '../usage/b.js';",
      'domain/usage/b.ts': '',
      'domain/usage/c.ts': "import '../tokens/d.js';",
      'domain/tokens/d.ts': "import '../errors.js';",
      'domain/errors.ts': '',
    });
    expect(cycles(files)).toEqual([]);
    expect(folderCycles(files)).toEqual(['domain/tokens -> domain/usage -> domain/tokens']);
  });

  test('between a folder and what stands in it', () => {
    const files = tree({
      'domain/a.ts': "import './usage/b.js';",
      'domain/usage/b.ts': "import '../c.js';",
      'domain/c.ts': '',
    });
    expect(folderCycles(files)).toEqual(['domain -> domain/usage -> domain']);
  });

  test('but the root, where everything is joined, is in none', () => {
    expect(folderCycles(tree({ 'app.ts': "import './lib/a.js';", 'lib/a.ts': '' }))).toEqual([]);
  });
});

test.each([
  ['process.env.PORT', true],
  ["process['env']", true],
  ['globalThis.process.env', true],
  ['const { env } = process;', true],
  ['const all = process;', true],
  ["import { env } from 'node:process';", true],
  ["import process from 'process';", true],
  ['process.exit(1); process.stdout.write(String(process.argv));', false],
  ["'process.env' // process.env", false],
  ['const env = { process: 1 }; env.process;', false],
])('reading the environment: %s → %s', (text, reads) => {
  expect(readSource('lib/a.ts', text).readsEnvironment).toBe(reads);
});

test.each([
  ['export default 1;', true],
  ['export default function name() {}', true],
  ['const a = 1; export { a as default };', true],
  ["export { default } from './b.js';", true],
  ['export = 1;', true],
  ["export { default as b } from './b.js'; import c from 'c';", false],
  ['export const a = { default: 1 };', false],
])('exporting a default: %s → %s', (text, exports) => {
  expect(readSource('lib/a.ts', text).hasDefaultExport).toBe(exports);
});

test('names that say nothing are found wherever they stand', () => {
  const wrong = [
    'utils.ts',
    'lib/helpers.ts',
    'domain/common/a.ts',
    'domain/token-manager.ts',
    'domain/index.ts',
    'lib/shared.ts',
    'domain/shared/a.ts',
  ];
  const right = [
    'domain/tokens/token.ts',
    'transports/http/body.ts',
    'lib/reindex.ts',
    'domain/shared-token.ts',
    'domain/utilisation.ts',
  ];
  expect(emptyNames(tree(Object.fromEntries([...wrong, ...right].map((path) => [path, '']))))).toEqual(wrong);
});
