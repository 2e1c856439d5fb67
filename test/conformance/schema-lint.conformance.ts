import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { isSpecifiedDirective, Kind, parse, print } from 'graphql';
import { expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { reportConformance } from '../support/conformance-report.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { ROUTERS } from './router.process.js';
import { RESULTS, runForResults } from './suite.process.js';

interface LintResults {
  /** The rules that are on. */
  readonly rules: readonly string[];
  readonly reports: readonly { readonly ruleId: string; readonly line: number; readonly message: string }[];
}

/** What federation defines itself: its directives, and the types of their arguments. */
function federationOf(sdl: string): string {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  const specified = schema.getDirectives().filter(isSpecifiedDirective);
  const isFederations = (name: string) => /^(federation|link)__/.test(name);
  return parse(printSchemaWithDirectives(schema))
    .definitions.filter((definition) => {
      if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
        return specified.every(({ name }) => name !== definition.name.value);
      }
      return 'name' in definition && isFederations(definition.name?.value ?? '');
    })
    .map(print)
    .join('\n\n');
}

async function lint(sdl: string): Promise<LintResults> {
  await using directory = await createTemporaryDirectory();
  await writeFile(join(directory.path, 'schema.graphql'), sdl);
  await writeFile(join(directory.path, 'federation.graphql'), federationOf(sdl));
  const results = await runForResults(join(ROUTERS, 'lint-schema.mjs'), [RESULTS], { directory: directory.path });
  return results as LintResults;
}

test("graphql-eslint's recommended rules for schemas, and two of its stricter ones, find nothing", async ({
  annotate,
}) => {
  const { rules, reports } = await lint(await buildSdl());
  const broken = new Set(reports.map(({ ruleId }) => ruleId));
  await reportConformance(annotate, '@graphql-eslint/eslint-plugin', {
    passed: rules.length - broken.size,
    of: rules.length,
  });

  expect(rules.length).toBeGreaterThan(15);
  expect(reports).toEqual([]);
});

const VIEWER = '"""The caller."""\ntype Viewer';

test.each([
  ['a type without a description', VIEWER, 'type Viewer', 'require-description'],
  ['a field without a description', '  role: Role!', '  lost: ID\n$&', 'require-description'],
  ['a root field that may not be null', '  viewer: Viewer', '$&!', 'require-nullable-result-in-root'],
  [
    'a type that nothing leads to',
    VIEWER,
    `"""Nobody's."""\ntype Lost {\n"""Its id.""" id: ID! }\n${VIEWER}`,
    'no-unreachable-types',
  ],
  [
    'an object without an id',
    VIEWER,
    `"""A reason."""\ntype Reason {\n"""Its text.""" text: String }\nextend type Viewer {\n"""A reason.""" reason: Reason }\n${VIEWER}`,
    'strict-id-in-types',
  ],
  ['an enum value that is not in capitals', '  SUPER_ADMIN\n}', '  superAdmin\n}', 'naming-convention'],
])('and %s is found', async (_what, before, after, rule) => {
  const sdl = await buildSdl();
  expect(sdl).toContain(before);
  const { reports } = await lint(sdl.replace(before, after));
  expect(reports.map(({ ruleId }) => ruleId)).toEqual([`@graphql-eslint/${rule}`]);
});
