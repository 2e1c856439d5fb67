import { expect, test } from 'vitest';
import { machineOf, type Principal, userOf } from '../../src/domain/principal.js';
import { type Asked, openExecutionPair } from '../support/execution-pair.js';
import { createRandom, drawSeed, EXPLORE_FACTOR, type Random } from '../support/seeded-random.js';
import { createConnection, openServices, type TestServices } from '../support/services.js';
import { mutateVariables } from './fuzz/document-mutations.js';
import { DocumentWriter, type Operation } from './fuzz/documents.js';
import { NO_SESSIONS } from './fuzz/placeholder-world.js';
import type { Inhabitants, OrganizationId } from './fuzz/population.js';
import { anyOf, oneIn, type World } from './fuzz/world.js';

const DOCUMENTS = 1_000 * EXPLORE_FACTOR;
const CALLERS = 10;
/** Between two cases; they ask for more than a minute's calls. */
const STEP_MS = 400;
const ACCEPTED = ['application/json', 'application/graphql-response+json', undefined] as const;

async function inhabit(services: TestServices, organizationId: OrganizationId) {
  const admin = userOf('SUPER_ADMIN', 'keeper', organizationId);
  const oauth = await createConnection(services, 'OAUTH', admin);
  const accessKey = await createConnection(services, 'ACCESS_KEY', admin);
  const { accessToken } = await services.tokens.issue(oauth.connection);
  const inhabitants: Inhabitants = {
    organizationId,
    oauth: { connectionId: oauth.connection.id, clientId: oauth.clientId, secret: oauth.secret.reveal() },
    accessKey: { connectionId: accessKey.connection.id, clientId: '', secret: accessKey.secret.reveal() },
    token: accessToken.reveal(),
    shared: 'none',
    bearers: { ADMIN: 'none', SUPER_ADMIN: 'none' },
    signInCode: 'none',
    foreignCode: 'none',
    sessions: NO_SESSIONS,
  };
  const callers = [admin, userOf('ADMIN', 'ann', organizationId), machineOf(oauth.connection, 'access token')];
  return { inhabitants, callers };
}

/** One of a document's callers. Nobody changes anything: mutations come from those who may not. */
function ask(written: Operation, callers: readonly Principal[], random: Random, world: World): Asked {
  const { text: query, operationName } = written;
  const variables = oneIn(random, 6) ? mutateVariables(written, random, world) : written.variables;
  const anyone = oneIn(random, 10) ? undefined : anyOf(random, callers);
  const mayChange = anyone?.role === 'SUPER_ADMIN' && /^mutation (?!Third)/m.test(query);
  const params = { query, variables, ...(operationName === undefined ? {} : { operationName }) };
  return { params, principal: mayChange ? undefined : anyone, accept: random.pick(ACCEPTED) };
}

/** Compares the answers to generated requests. Each document has ten callers; `before` comes before the last half. */
async function compare(
  documents: number,
  services: TestServices,
  { before, plansQueries = true }: { before?: () => Promise<void>; plansQueries?: boolean } = {},
) {
  const pair = await openExecutionPair(services, { plansQueries });
  const places = [await inhabit(services, 'default'), await inhabit(services, 'other')] as const;
  const inhabitants = { default: places[0].inhabitants, other: places[1].inhabitants };
  const world: World = { url: '', inhabitants, marker: 'marker0marker0marker0', documents: new Map() };
  const seed = drawSeed('DIRECT_SEED');
  const outcomes = { direct: 0, refused: 0, logged: 0 };
  for (let index = 0; index < documents; index++) {
    if (index === Math.floor(documents / 2)) await before?.();
    const random = createRandom(seed + index);
    const { inhabitants: speaking, callers } = random.pick(places);
    const own = { ...world, speaker: speaking.organizationId };
    const written = new DocumentWriter(pair.schema, random, own).write();
    await pair.introduce({ query: written.text });
    for (let caller = 0; caller < CALLERS; caller++) {
      services.clock.advance(STEP_MS);
      const asked = ask(written, callers, random, own);
      // The first of two uses a credential, which the other would see.
      await pair.apollo(asked);
      if ((await pair.direct(asked)) === undefined) continue;

      outcomes.direct++;
      const [theirs, ours] = [await pair.apollo(asked), await pair.direct(asked)];
      if (theirs.status !== 200 || theirs.body.includes('RATE_LIMITED')) outcomes.refused++;
      if (theirs.logged !== '') outcomes.logged++;
      expect(ours, `again with DIRECT_SEED=${seed + index}: ${JSON.stringify(asked)}`).toEqual(theirs);
    }
  }
  return outcomes;
}

test(`a known document is answered as Apollo answers it, byte by byte: ${DOCUMENTS * CALLERS} generated requests`, async () => {
  await using services = await openServices();
  const { direct, refused } = await compare(DOCUMENTS, services);
  expect(direct).toBeGreaterThan((DOCUMENTS * CALLERS) / 2);
  expect(refused).toBeGreaterThan((DOCUMENTS * CALLERS) / 100);
});

test('and where the database is gone, in the log too', async () => {
  await using services = await openServices();
  const { logged } = await compare(DOCUMENTS / 10, services, { before: () => services.database.close() });
  expect(logged).toBeGreaterThan(0);
});

test('and where graphql-js executes all, without plans', async () => {
  await using services = await openServices();
  const { direct } = await compare(DOCUMENTS / 10, services, { plansQueries: false });
  expect(direct).toBeGreaterThan(0);
});
