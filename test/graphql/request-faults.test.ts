import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import type { Role } from '../../src/domain/principal.js';
import { systemClock } from '../../src/lib/clock.js';
import { registerGraphql } from '../../src/transports/graphql/server.js';
import { createHttpServer } from '../../src/transports/http/server.js';
import { SessionCookie } from '../../src/transports/http/session-cookie.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';

test('a request that fails before it is an operation is logged under the id that its answer shows', async () => {
  const log = captureLog();
  const server = createHttpServer(log.logger, { isDraining: false });
  // Between reading the body and handling it, where a fault of the framework's would be.
  server.addHook('preHandler', async () => {
    throw new Error('private');
  });
  await registerGraphql(server, {
    schema: buildSchema('directive @authenticated on FIELD_DEFINITION type Query { a: Int @authenticated }'),
    authenticate: async () => undefined,
    authenticateAgain: async () => undefined,
    limits: {} as never,
    loaderServices: {} as never,
    trustedDocuments: { mode: 'off', documents: new Map(), routerSecrets: [] },
    countError: undefined,
    plansQueries: true,
    sandbox: false,
    corsOrigins: [],
    sessionCookie: new SessionCookie(() => 'http://127.0.0.1'),
    connectionFeed: {} as never,
    streamTimes: undefined,
    clock: systemClock,
    logger: log.logger,
  });
  await using _stop = { [Symbol.asyncDispose]: () => server.close() };
  const url = await server.listen({ host: '127.0.0.1', port: 0 });

  const answer = await requestGraphql(url, { body: { query: '{ a }' } });
  const [error] = answer.errors;
  expect(answer.status).toBe(500);
  expect(log.errors).toMatchObject([{ requestId: error?.extensions?.requestId, code: 'INTERNAL' }]);
  expect(error?.extensions?.requestId).toBe(answer.headers.get('x-request-id'));
  expect(log.errors[0]?.detail).toContain('private');
  expect(answer.text).not.toContain('private');
});

test('a bearer that is well signed and says what this version does not know is refused as unknown', async () => {
  const log = captureLog();
  await using gateway = await startTestGateway({ logger: log.logger });
  const authorization = `Bearer ${gateway.bearer('OWNER' as Exclude<Role, 'MACHINE'>)}`;
  const answer = await requestGraphql(gateway.url, {
    headers: { authorization },
    body: { query: '{ viewer { id } }' },
  });
  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  expect(log.errors).toEqual([]);
});
