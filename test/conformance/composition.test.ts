import { isDeepStrictEqual } from 'node:util';
import { type ConstDirectiveNode, type DocumentNode, Kind, parse, print } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { reportConformance } from '../support/conformance-report.js';
import { COMPOSERS, type Subgraph } from './composers.js';

/** Says who may read what, and what it costs. */
const RULES = ['authenticated', 'requiresScopes'];
const WORK = ['cost', 'listSize'];

/** Another team's subgraph: it has pages of its own, adds to an entity of ours and refers to others. */
const TEAMS: Subgraph = {
  name: 'teams',
  sdl: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
    type Query { teams(first: Int = 10): TeamPage! }
    type TeamPage { edges: [TeamEdge!]! pageInfo: PageInfo! }
    type TeamEdge { cursor: String! node: Team! }
    type PageInfo @shareable { hasNextPage: Boolean! endCursor: String hasPreviousPage: Boolean! startCursor: String }
    type Team @key(fields: "id") { id: ID! client: OAuthConnection either: Either }
    union Either = OAuthConnection | AccessKeyConnection
    type OAuthConnection @key(fields: "id") { id: ID! monthlyCost: Int! }
    type AccessKeyConnection @key(fields: "id", resolvable: false) { id: ID! }
    type Organization @key(fields: "id") { id: ID! plan: String! }`,
};

let latchkey: Subgraph;
beforeAll(async () => {
  latchkey = { name: 'latchkey', sdl: await buildSdl() };
});

/** Each of our object types and fields by the directives of these names that stand on it, in one order. */
function directivesOf(schema: DocumentNode, names: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const note = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const here = directives.filter(({ name }) => names.includes(name.value)).map(canonical);
    found.set(coordinate, [...(found.get(coordinate) ?? []), ...here].sort());
  };
  for (const type of schema.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    note(type.name.value, type.directives);
    for (const field of type.fields ?? []) note(`${type.name.value}.${field.name.value}`, field.directives);
  }
  return found;
}

/** Composers print the same arguments in orders of their own. */
function canonical(directive: ConstDirectiveNode): string {
  return print({
    ...directive,
    arguments: [...(directive.arguments ?? [])].sort((a, b) => a.name.value.localeCompare(b.name.value)),
  }).replace(/\s+/g, ' ');
}

/** Of `whole`, the coordinates that `part` has. */
function only(part: ReadonlyMap<string, unknown>, whole: ReadonlyMap<string, readonly string[]>): object {
  return Object.fromEntries([...part.keys()].map((coordinate) => [coordinate, whole.get(coordinate)]));
}

describe.each(COMPOSERS)('$name composes', ({ name, compose, keepsWork }) => {
  test.for<readonly [name: string, subgraphs: () => readonly Subgraph[]]>([
    ['the subgraph alone', () => [latchkey]],
    ['it with a subgraph that has pages, adds to an entity and refers to connections', () => [latchkey, TEAMS]],
  ])('%s, and every field keeps its rules', async ([_case, subgraphs], { annotate }) => {
    const { errors, supergraph } = compose(subgraphs());
    const ours = parse(latchkey.sdl);
    const rules = directivesOf(ours, RULES);
    const composed = directivesOf(supergraph, RULES);
    const kept = [...rules].filter(([coordinate, here]) => isDeepStrictEqual(composed.get(coordinate), here));
    await reportConformance(annotate, name, { passed: kept.length, of: rules.size });

    expect(errors).toEqual([]);
    expect(rules.size).toBeGreaterThan(100);
    expect(only(rules, composed)).toEqual(Object.fromEntries(rules));
    if (!keepsWork) return;
    const work = directivesOf(ours, WORK);
    expect(only(work, directivesOf(supergraph, WORK))).toEqual(Object.fromEntries(work));
  });

  test('another subgraph’s reference to a connection stays open, and so does its PageInfo', () => {
    const { supergraph } = compose([latchkey, TEAMS]);
    const rules = directivesOf(supergraph, RULES);
    expect(rules.get('OAuthConnection.id')).toEqual([]);
    expect(rules.get('AccessKeyConnection.id')).toEqual([]);
    expect(rules.get('PageInfo')).toEqual([]);
    expect(rules.get('TeamPage.pageInfo')).toEqual([]);
  });
});
