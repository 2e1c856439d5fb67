import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cycles, emptyNames, folderCycles, forbiddenImports } from './rules.js';
import { readSource, type SourceFile } from './source-graph.js';

/** The checks of the dependency rule, on sources that are made up: each has to find what it is there to find. */
function tree(sources: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(sources).map(([path, text]) => readSource(path, text));
}

/** What each layer may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  domain: ['lib'],
  stores: ['domain', 'lib'],
  outbound: ['domain', 'lib'],
  'transports/http': ['domain', 'lib'],
  'transports/rest': ['transports/http', 'domain', 'lib'],
  'transports/graphql': ['transports/http', 'domain', 'lib'],
  console: [],
};
const LAYERS = Object.keys(MAY_IMPORT);
const EMPTY = Object.fromEntries(
  ['app.ts', 'config.ts', ...LAYERS.map((layer) => `${layer}/b.ts`)].map((path) => [path, '']),
);

describe('what a layer may not import is found', () => {
  test.each(LAYERS)('all that %s may not, and nothing that it may', (layer) => {
    const found = ['config.js', ...LAYERS.map((other) => `${other}/b.js`)].filter((target) => {
      const text = `import './${posix.relative(`${layer}/deep`, target)}';`;
      return forbiddenImports(tree({ ...EMPTY, [`${layer}/deep/a.ts`]: text })).length > 0;
    });
    const others = LAYERS.filter((other) => other !== layer && !MAY_IMPORT[layer]?.includes(other));
    expect(found).toEqual(['config.js', ...others.map((other) => `${other}/b.js`)]);
  });

  test.each([
    "import { a } from '../stores/b.js';",
    "import type { a } from '../stores/b.js';",
    "import '../stores/b.js';",
    "export { a } from '../stores/b.js';",
    "export * from '../stores/b.js';",
    "const a = await import('../stores/b.js');",
    "type A = import('../stores/b.js').A;",
    "import a = require('../stores/b.js');",
    'import {\n  a, // a comment\n  b as from,\n} from "../stores/b.js";',
  ])('in the form %s', (text) => {
    expect(forbiddenImports(tree({ ...EMPTY, 'domain/a.ts': text }))).toEqual(['domain/a.ts imports stores/b.ts']);
  });

  test('where it leads out of the tree, or to no file, or cannot be told', () => {
    const files = tree({
      ...EMPTY,
      'lib/a.ts': "import '../../test/support/gateway.js'; import './gone.js';",
      'domain/b.ts': "const name = '../stores/b.js'; await import(name);",
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

  test('but what only looks like an import is not', () => {
    const files = tree({
      ...EMPTY,
      'domain/a.ts': "import { z } from 'zod'; import 'node:fs'; // import '../stores/b.js'",
      'domain/c.ts': 'const text = "import \'../stores/b.js\'"; /* from "../app.js" */ export { text };',
      'app.ts': "import './stores/b.js'; import './transports/rest/b.js';",
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

test.each([
  ['redis.pipeline().exec();', true],
  ["this.redis?.['pipeline'](commands);", true],
  ['(redis as Redis).pipeline;', false],
  ["'redis.pipeline()'; // redis.pipeline()", false],
])('calling a method: %s → %s', (text, calls) => {
  expect(readSource('lib/a.ts', text).calledMethods.has('pipeline')).toBe(calls);
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
