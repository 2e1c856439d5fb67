import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cycles, emptyNames, folderCycles, forbiddenImports } from './rules.js';
import { readTree } from './source-graph.js';

/** The dependency rule, on the files that there are. That the rules can fail is rules.test.ts' to show. */
const files = readTree(join(import.meta.dirname, '..', '..', 'src'));

/** "About 200": what is over has one reason that does not split. */
const LINES_MAX = 230;

test('the whole tree is read', () => {
  expect(files.length).toBeGreaterThan(60);
  expect(files.map(({ path }) => path)).toContain('domain/tokens/token.service.ts');
});

test('lib is a leaf, the domain knows only lib, and transports know neither the stores nor each other', () => {
  expect(forbiddenImports(files)).toEqual([]);
});

test('no file imports itself by way of others, types included', () => {
  expect(cycles(files)).toEqual([]);
});

test('no folder imports from itself by way of others, types included', () => {
  expect(folderCycles(files)).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = files.filter(({ readsEnvironment }) => readsEnvironment);
  expect(readers.map(({ path }) => path)).toEqual(['config.ts']);
});

test('no file has a name that says nothing, a default export, or more than one screenful of reasons', () => {
  expect(emptyNames(files)).toEqual([]);
  expect(files.filter(({ hasDefaultExport }) => hasDefaultExport).map(({ path }) => path)).toEqual([]);
  expect(files.filter(({ lines }) => lines > LINES_MAX).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

test('only the batch of writes makes a pipeline, and nothing a MULTI: on a Cluster both read moved keys as absent', () => {
  const callersOf = (...names: readonly string[]) =>
    files.filter(({ calledMethods }) => names.some((name) => calledMethods.has(name))).map(({ path }) => path);
  expect(callersOf('pipeline')).toEqual(['stores/redis/command-batch.ts']);
  expect(callersOf('multi')).toEqual([]);
});
