import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type Change, CriticalityLevel, diff } from '@graphql-inspector/core';
import { type GraphQLSchema, isObjectType, parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { reportConformance } from '../support/conformance-report.js';

const RELEASED = join(import.meta.dirname, '..', '..', 'schema', 'released');
const RULES = new Set(['authenticated', 'requiresScopes']);

function build(sdl: string): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
}

/**
 * Whether a rule of who may read a released type or field was added, removed or changed: graphql-inspector takes that for
 * harmless. What is new has rules of its own.
 */
function isOfReleasedRule({ meta, path = '' }: Change, released: GraphQLSchema): boolean {
  const { removedDirectiveName, addedDirectiveName, directiveName } = meta as Record<string, string | undefined>;
  const isOfRule = [removedDirectiveName, addedDirectiveName, directiveName].some((name) => RULES.has(name ?? ''));
  const [typeName = '', fieldName] = path.split('.@')[0]?.split('.') ?? [];
  const type = released.getType(typeName);
  if (!isOfRule || type === undefined) return false;
  return fieldName === undefined || (isObjectType(type) && fieldName in type.getFields());
}

/** Importing a directive of federation renames it: no client's document has any of them. */
function isOfFederation({ type, meta }: Change): boolean {
  const { removedDirectiveName = '' } = meta as Record<string, string | undefined>;
  return type === 'DIRECTIVE_REMOVED' && removedDirectiveName.startsWith('federation__');
}

async function breakingChanges(before: string, after: string): Promise<string[]> {
  const released = build(before);
  const changes = await diff(released, build(after));
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking || isOfReleasedRule(change, released))
    .filter((change) => !isOfFederation(change))
    .map(({ message }) => message);
}

let sdl: string;
beforeAll(async () => {
  sdl = await buildSdl();
});

test('nothing that clients of a released schema rely on is gone', async ({ annotate }) => {
  const releases = readdirSync(RELEASED);
  const changes = await Promise.all(
    releases.map((file) => breakingChanges(readFileSync(join(RELEASED, file), 'utf8'), sdl)),
  );
  const kept = changes.filter((breaking) => breaking.length === 0);
  await reportConformance(annotate, '@graphql-inspector/core', { passed: kept.length, of: releases.length });

  expect(releases).not.toEqual([]);
  expect(changes.flat()).toEqual([]);
});

describe('what breaks clients, or lets in others, is seen:', () => {
  const CLIENT_ID = 'clientId: String! @requiresScopes(scopes: [["m2m:read"]])';

  test.each([
    ['a field of another name', CLIENT_ID, CLIENT_ID.replace('clientId', 'client')],
    ['a field that may be null', CLIENT_ID, CLIENT_ID.replace('!', '')],
    ['a field without its scope', CLIENT_ID, 'clientId: String!'],
    ['a field of another scope', CLIENT_ID, CLIENT_ID.replace('read', 'introspect')],
    ['a field with a second scope', CLIENT_ID, CLIENT_ID.replace(']]', '], ["m2m:introspect"]]')],
    ['a type without its rule', 'type Viewer @authenticated', 'type Viewer'],
    ['a field with a new rule', 'reason: String', 'reason: String @authenticated'],
    ['an argument that is required', '): Connection @', 'reason: String!): Connection @'],
  ])('%s', async (_what, before, after) => {
    const released = sdl.replace('type Viewer @authenticated {', '$& reason: String');
    expect(released).toContain(before);
    expect(await breakingChanges(released, released.replace(before, after))).not.toEqual([]);
  });

  test.each([
    ['field', 'type Viewer @authenticated {', '$& reason: String @requiresScopes(scopes: [["m2m:read"]])'],
    [
      'type',
      'type Viewer @authenticated {',
      'type Reason @authenticated { text: String @requiresScopes(scopes: [["m2m:read"]]) } $& reason: Reason',
    ],
  ])('and a new %s with its rule is no such thing', async (_what, before, after) => {
    expect(await breakingChanges(sdl, sdl.replace(before, after))).toEqual([]);
  });
});
