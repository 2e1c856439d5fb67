import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { machineOf } from '../../../src/domain/principal.js';
import { createLogger } from '../../../src/lib/logger.js';
import { FrontDoor } from '../../../src/transports/http/front-door.js';
import { answerRepeated } from '../../../src/transports/rest/repeated-introspection.js';
import { RequestMemory } from '../../../src/transports/rest/request-memory.js';
import { accepted, createConnection, openServices, SUPER_ADMIN, type TestServices } from '../../support/services.js';

/** A route whose answers may be held up after they were read: `then` is what happens meanwhile. */
async function openRoute(services: TestServices, presented: string) {
  const asker = await createConnection(services);
  const proven = await services.credentials.authenticateClient(asker.clientId, asker.secret);
  const meanwhile: { then?: () => Promise<unknown> } = {};
  const rest = {
    ...services,
    authenticate: async () => undefined,
    provenHeaders: new RequestMemory<typeof proven>(1),
    frontDoor: new FrontDoor(),
    logger: createLogger('error'),
  };
  const introspect = async () => {
    const found = await services.machines.introspect(machineOf(proven.client, 'client secret'), presented, 'counted');
    await meanwhile.then?.();
    const token = found.active ? found.token : null;
    return { proven, presented, token, answer: token === null ? 'inactive' : 'active' };
  };
  const server = fastify();
  server.post('/introspect', answerRepeated(rest, { path: '/introspect', dialect: 'standard', introspect }));
  const ask = async (then?: () => Promise<unknown>) => {
    Object.assign(meanwhile, { then });
    return (await server.inject({ method: 'POST', url: '/introspect' })).body;
  };
  return { ask, [Symbol.asyncDispose]: () => server.close() };
}

test.each<[string, (services: TestServices, id: string) => Promise<unknown>]>([
  ['its connection was disabled', ({ connections }, id) => connections.disable(SUPER_ADMIN, id)],
  ['all tokens were revoked', ({ connections }, id) => connections.revokeTokens(SUPER_ADMIN, id)],
  ['its connection was deleted', ({ connections }, id) => connections.delete(SUPER_ADMIN, id)],
])('an answer that was read before %s, and comes after, is never repeated', async (_, end) => {
  await using services = await openServices();
  const { connection } = await createConnection(services);
  const { accessToken } = await services.tokens.issue(connection);
  await using route = await openRoute(services, accessToken.reveal());
  expect(await route.ask()).toBe('active');

  const late = await route.ask(async () => {
    accepted<unknown>((await end(services, connection.id)) as object);
    // Memory learns that the token is gone.
    expect(await services.lookup.findLive(accessToken)).toBeUndefined();
  });
  expect(late).toBe('active');
  expect([await route.ask(), await route.ask(), await route.ask()]).toEqual(['inactive', 'inactive', 'inactive']);
});
