import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  isAbstractType,
  isObjectType,
  isUnionType,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { type DocumentedOperation, readOperations } from '../support/documented-operations.js';
import { rootFieldsOf } from '../support/field-documents.js';
import { markdownTable } from '../support/markdown-table.js';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const schema = buildSchema(read('schema/client.graphql'));
const operations = readOperations();

/** The fields that a document asks for, as `Type.field`; those of an interface for each of its types. */
function fieldsIn({ document }: DocumentedOperation): string[] {
  const asked: string[] = [];
  const typeInfo = new TypeInfo(schema);
  const note = {
    Field() {
      const parent = typeInfo.getParentType();
      const field = typeInfo.getFieldDef();
      if (!parent || !field) return;
      const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
      asked.push(...types.map((type) => `${type.name}.${field.name}`));
    },
  };
  visit(document, visitWithTypeInfo(typeInfo, note));
  return asked;
}

describe.each(operations)('$name of docs/operations/$file', (operation) => {
  test('is valid against schema/client.graphql', () => {
    expect(validate(schema, operation.document)).toEqual([]);
  });

  test('says in one sentence above it when one uses it', () => {
    expect(operation.comment).toMatch(/^[A-Z].{20,}\.$/);
  });
});

test('docs/operations has an operation for every field of Query, Mutation and Subscription', () => {
  const asked = new Set(operations.map(({ kind, rootField }) => `${kind} ${rootField}`));
  const subscriptions = Object.keys(schema.getSubscriptionType()?.getFields() ?? {});
  const all = [
    ...rootFieldsOf(schema).map(({ operation, name }) => `${operation} ${name}`),
    ...subscriptions.map((name) => `subscription ${name}`),
  ];

  expect(all.filter((field) => !asked.has(field))).toEqual([]);
});

test('docs/operations asks for every field of every object', () => {
  const asked = new Set(operations.flatMap(fieldsIn));
  const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type));
  const all = objects
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));

  expect(all.filter((field) => !asked.has(field))).toEqual([]);
});

test('docs/operations/README.md has a line for each operation, with its comment', () => {
  const rows = operations.map(({ name, kind, file, comment }) => [`[${name}](${file})`, kind, comment]);

  expect(read('docs/operations/README.md')).toContain(markdownTable(['operation', 'kind', 'when'], rows));
});

test('docs/operations/possible-types.json has the types of every interface and union', () => {
  const abstract = Object.values(schema.getTypeMap()).filter((type) => isAbstractType(type));
  const expected = abstract.map((type) => [
    type.name,
    (isUnionType(type) ? type.getTypes() : schema.getPossibleTypes(type)).map(({ name }) => name).sort(),
  ]);
  const written = Object.entries(JSON.parse(read('docs/operations/possible-types.json')) as Record<string, string[]>);

  expect(written.map(([name, types]) => [name, [...types].sort()]).sort()).toEqual(expected.sort());
});

test('the settings of clients that docs/operations/README.md shows are those that test/clients runs with', () => {
  const blocks = Array.from(
    read('docs/operations/README.md').matchAll(/^```ts\n(.*?)```$/gms),
    ([, block = '']) => block,
  );
  const clients = globSync('test/clients/*.ts', { cwd: ROOT }).map(read);

  expect(blocks.length).toBe(2);
  expect(blocks.filter((block) => !clients.some((client) => client.includes(block)))).toEqual([]);
});
