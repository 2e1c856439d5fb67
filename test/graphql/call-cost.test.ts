import { buildSubgraphSchema } from '@apollo/subgraph';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { userOf } from '../../src/domain/principal.js';
import { createCallCost } from '../../src/transports/graphql/call-cost.js';
import { coerceOperation } from '../../src/transports/graphql/coerced-operation.js';
import { buildSdl } from '../../src/transports/graphql/schema.js';

/** Each root field by what it counts as. Written by hand: a new one is decided on here. */
const COUNTS_AS = {
  free: 'viewer rateLimit _service',
  'one call': 'introspectToken introspectTokens',
  'one operation':
    'organization connections connection auditEvents _entities createConnection renameConnection disableConnection enableConnection deleteConnection regenerateSecret resetAfterLeak issueToken revokeToken revokeListedToken revokeTokens setAllowedCidrs replaceUpstreamCredential',
};

const WORDS: Record<string, string> = { '0 0': 'free', '1 0': 'one call', '0 1': 'one operation' };

const PRINCIPAL = userOf('SUPER_ADMIN', 'tester', 'default');

test('each root field counts as what the table says, and none is without', async () => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  const callCost = createCallCost(schema);
  const found: Record<string, string[]> = {};
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.keys(root?.getFields() ?? {})) {
      const document = parse(`${root?.name.toLowerCase()} { ${field} }`);
      const operation = getOperationAST(document);
      const coerced = operation && coerceOperation(schema, operation, document, {});
      const { calls, operations } = coerced ? callCost(coerced, PRINCIPAL) : { calls: -1, operations: -1 };
      const countsAs = WORDS[`${calls} ${operations}`] ?? 'something else';
      found[countsAs] = [...(found[countsAs] ?? []), field].sort();
    }
  }

  expect(found).toEqual(
    Object.fromEntries(Object.entries(COUNTS_AS).map(([countsAs, fields]) => [countsAs, fields.split(' ').sort()])),
  );
});
