import { writeFileSync } from 'node:fs';
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';

/**
 * `node lint-schema.mjs <results>` lints schema.graphql of the working directory, beside which federation.graphql has the
 * definitions of the directives that a subgraph's SDL leaves out. The results are the rules that are on, and the reports.
 */
const [resultsPath = ''] = process.argv.slice(2);

const RULES = {
  ...graphql.configs['flat/schema-recommended'].rules,
  '@graphql-eslint/strict-id-in-types': [
    'error',
    {
      exceptions: {
        suffixes: [
          // A part of a page, which has cursors.
          ...['Page', 'Edge'],
          // What a mutation answers with holds what has an id.
          ...['Changed', 'Created', 'Revoked'],
        ],
        types: [
          // Relay's own, part of a page too.
          'PageInfo',
          // News, which hold the connection and the event that have ids.
          'ConnectionEvent',
          // Refusals.
          ...['InvalidInput', 'LimitReached', 'NameTaken', 'NotFound'],
          // Values, each of one answer: a bearer without what we know of it, and how things stand at the moment.
          ...['AccessToken', 'TokenIntrospection', 'RateLimit', 'RateLimitPolicy'],
        ],
      },
    },
  ],
  // It refuses AccessToken.accessToken, which is OAuth's own word for it (RFC 6749 section 5.1).
  '@graphql-eslint/no-typename-prefix': 'off',
  // Beyond what is recommended: everything has a description, and a refused root field leaves the others of its answer.
  '@graphql-eslint/require-description': [
    'error',
    {
      ...{ types: true, rootField: true, DirectiveDefinition: true },
      ...{ FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
    },
  ],
  '@graphql-eslint/require-nullable-result-in-root': 'error',
};

const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: {
    files: ['schema.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: ['schema.graphql', 'federation.graphql'] } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    rules: RULES,
  },
});
const results = await eslint.lintFiles(['schema.graphql']);
const reports = results.flatMap(({ messages }) =>
  messages.map(({ ruleId, line, message }) => ({ ruleId, line, message })),
);
const rules = Object.entries(RULES).filter(([, level]) => level !== 'off');
writeFileSync(resultsPath, JSON.stringify({ rules: rules.map(([name]) => name), reports }));
