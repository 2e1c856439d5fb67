import type { GraphQLSchema } from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import type { Draft } from './input.js';
import { operationParams, searchOf } from './operation-params.js';
import { presentBearer } from './presented-credentials.js';
import { presentSession } from './presented-sessions.js';
import { oneIn, type World } from './world.js';

/** An operation of the schema, as it should be or nearly, by POST or GET, as anybody. */
export function graphqlRequest(schema: GraphQLSchema, random: Random, world: World): Draft {
  const { caller, headers, session } = (oneIn(random, 3) ? presentSession : presentBearer)(random, world);
  const own = caller === undefined ? world : { ...world, speaker: caller.organizationId };
  const { kind, params } = operationParams(schema, random, own);
  const accept = random.pick<readonly (readonly [string, string])[]>([
    [],
    [['accept', 'application/graphql-response+json']],
    [['accept', 'application/json, application/graphql-response+json;q=0.9']],
    [['accept', oneIn(random, 4) ? 'text/html' : '*/*']],
  ]);
  const trace = oneIn(random, 30) ? [['apollo-federation-include-trace', 'ftv1'] as const] : [];
  const document = typeof params.query === 'string' ? { document: params.query } : {};
  const said = { caller, kind, ...document, ...(session !== undefined && { session }) };
  if (oneIn(random, 5)) {
    const target = `/graphql?${searchOf(params)}`;
    // No GET takes a session.
    const byGet = session !== 'taken' ? said : { ...said, caller: undefined, session: 'refused' as const };
    if (target.length < 12_000)
      return { ...byGet, method: 'GET', target, headers: [...headers, ...accept, ...trace], body: Buffer.alloc(0) };
  }
  const type = ['content-type', oneIn(random, 20) ? 'application/json; charset=utf-8' : 'application/json'] as const;
  const body = Buffer.from(JSON.stringify(params));
  return { ...said, method: 'POST', target: '/graphql', headers: [type, ...headers, ...accept, ...trace], body };
}
