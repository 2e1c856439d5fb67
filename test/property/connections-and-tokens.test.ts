import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userOf } from '../../src/domain/principal.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { Secret } from '../../src/lib/secrets.js';
import { EXPLORE_FACTOR } from '../support/seeded-random.js';
import {
  buildTestServices,
  createRequest,
  errorCodeOf,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../support/services.js';
import { changes, create, rename } from './connection-steps.js';
import { Model, type ModelConnection } from './model.js';
import type { World } from './step.js';
import { advance, bearer, issue, revoke, sweep } from './token-steps.js';

/** Steps in the proportions that make long lives: more is made and used than deleted. */
const steps = fc.array(
  fc.oneof(
    { arbitrary: create, weight: 8 },
    { arbitrary: issue, weight: 6 },
    { arbitrary: bearer, weight: 3 },
    { arbitrary: revoke, weight: 3 },
    { arbitrary: rename, weight: 2 },
    { arbitrary: advance, weight: 2 },
    { arbitrary: sweep, weight: 1 },
    ...changes.map((arbitrary) => ({ arbitrary, weight: 1 })),
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** Everything that can be seen of the two organisations is what the model says, and no more. */
async function expectSame(world: World, services: Services = world.services): Promise<void> {
  const { model, organizationIds } = world;
  await Promise.all([expectSecrets(model, services), expectTokens(world, services)]);
  for (const organizationId of organizationIds) await expectOrganization(world, services, organizationId);
}

async function expectSecrets(model: Model, { credentials }: Services): Promise<void> {
  const attempts = model.secrets.map(async (secret) => {
    const presented = new Secret(secret.text);
    const accepted =
      secret.of.type === 'OAUTH'
        ? await errorCodeOf(credentials.authenticateClient(secret.of.clientId ?? '', presented))
        : await errorCodeOf(credentials.authenticateAccessKey(presented));
    return accepted === 'no error';
  });
  expect(await Promise.all(attempts)).toEqual(model.secrets.map((secret) => model.accepts(secret)));
}

async function expectTokens({ model, services: { clock }, organizationIds }: World, services: Services): Promise<void> {
  const live = model.tokens.map((token) => model.isLive(token, clock.now()));
  const asks = organizationIds.map((organizationId) =>
    model.tokens.map(
      async ({ text }) =>
        (await services.machines.introspect(userOf('ADMIN', 'tester', organizationId), text, 'counted')).active,
    ),
  );
  const proofs = model.tokens.map(
    async ({ text }) =>
      (await errorCodeOf(services.credentials.authenticateAccessToken(new Secret(text)))) === 'no error',
  );
  expect(await Promise.all(proofs)).toEqual(live);
  for (const [index, answers] of asks.entries()) {
    const expected = model.tokens.map(({ of }, place) => live[place] && of.organizationId === organizationIds[index]);
    expect(await Promise.all(answers)).toEqual(expected);
  }
}

async function expectOrganization(world: World, services: Services, organizationId: string): Promise<void> {
  const { model } = world;
  const own = model.list(organizationId);
  const principal = userOf('ADMIN', 'tester', organizationId);
  const listed = await services.connections.list(principal.organizationId);
  expect(listed.map(({ id, status }) => ({ id, status }))).toEqual(own.map(({ id, status }) => ({ id, status })));
  expect(listed.map(({ name }) => name)).toEqual(own.map(({ name }) => name.trim().normalize('NFC')));

  const all = model.connections.map(({ id }) => id);
  const found = await services.connections.findMany(organizationId, all);
  expect(found.map((connection) => connection?.id)).toEqual(
    model.connections.map((one) => (model.sees(organizationId, one) ? one.id : undefined)),
  );

  for (const connection of listed) {
    const { entries } = await services.tokens.listLive(connection, { first: 100, after: undefined });
    expect(entries.map(({ node }) => node.id).sort()).toEqual(liveIdsOf(world, connection.id));
  }

  const { entries } = await services.audit.list(principal, { first: 100, after: undefined });
  const count = model.events.get(organizationId) ?? 0;
  expect(entries.map(({ node }) => node.sequence)).toEqual(Array.from({ length: count }, (_, index) => count - index));
}

function liveIdsOf({ model, services: { clock } }: World, connectionId: ModelConnection['id']): string[] {
  const own = model.tokens.filter((token) => token.of.id === connectionId && model.isLive(token, clock.now()));
  return own.map(({ id }) => id).sort();
}

/** Fills an organisation, so that the caps are met. */
async function prefill({ services, model, organizationIds: [organizationId] }: World, count: number): Promise<void> {
  const principal = { ...SUPER_ADMIN, organizationId };
  for (let number = 0; number < count; number++) {
    const name = `prefilled ${number}`;
    const outcome = await services.connections.create(principal, createRequest(name));
    if (!('connection' in outcome)) throw new Error(outcome.message);
    const { id, clientId, createdAt } = outcome.connection;
    const secret = outcome.secret?.reveal() ?? '';
    model.create({ id, organizationId, clientId, createdAt, type: 'OAUTH', name, secret });
  }
}

test('whatever two organisations do, each sees, accepts and refuses exactly what a naive model says', async () => {
  await using services = await openServices();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 0, 0, 15), steps, async (prefilled, sequence) => {
      // Organisations of its own for each run: all runs share one database, and must not see each other either.
      const organizationIds = [`a-${++runs}`, `b-${runs}`] as const;
      await services.database.organizations.save(organizationIds.map((id) => ({ id, issuer: 'LOCAL' })));
      const world: World = { services, model: new Model(), organizationIds };
      await prefill(world, prefilled);
      for (const step of sequence) {
        await step(world);
        await expectSame(world);
      }
      // A restart with a new key in front changes nothing of it.
      const { database, clock, keys } = services;
      const keyRing = KeyRing.parse(`${KeyRing.generate()},${keys}`);
      await expectSame(world, buildTestServices({ database, clock, keyRing }));
    }),
    { numRuns: 40 * EXPLORE_FACTOR },
  );
});
