import fc from 'fast-check';
import { expect } from 'vitest';
import type { Principal } from '../../src/domain/principal.js';
import { Refusal } from '../../src/domain/refusal.js';
import type { Secret } from '../../src/lib/secrets.js';
import { createRequest, type TestServices } from '../support/services.js';
import { type Model, type ModelConnection, NAMES } from './model.js';
import { by, callerOf, codeOf, pick, picked, stepsOf } from './step.js';

const name = fc.constantFrom(...Object.keys(NAMES));
const type = fc.constantFrom('OAUTH' as const, 'OAUTH' as const, 'ACCESS_KEY' as const);

export const create = stepsOf('create', fc.record({ by, name, type }), async (step, world) => {
  const { services, model } = world;
  const caller = callerOf(world, step.by);
  const against = model.reasonsAgainstCreating(caller.organizationId, step.name, step.type);
  const request = createRequest(step.name, { authenticationType: step.type });
  const outcome = await services.connections.create(caller, request);
  expect(against.length === 0 ? ['done'] : against).toContain(codeOf(outcome));
  if (outcome instanceof Refusal) return;
  const { id, organizationId, clientId, createdAt } = outcome.connection;
  const secret = outcome.secret?.reveal() ?? '';
  model.create({ id, organizationId, clientId, createdAt, type: step.type, name: step.name, secret });
});

export const rename = stepsOf('rename', fc.record({ by, pick, name }), async (step, world) => {
  const { services, model } = world;
  const connection = picked(model.connections, step.pick);
  if (connection === undefined) return;
  const caller = callerOf(world, step.by);
  const sees = model.sees(caller.organizationId, connection);
  const [invalid] = NAMES[step.name] === undefined ? ['INVALID_INPUT'] : [];
  const against = sees ? model.reasonsAgainstName(caller.organizationId, step.name, connection) : ['NOT_FOUND'];
  const expected = invalid ?? against[0] ?? 'done';
  expect(codeOf(await services.connections.rename(caller, connection.id, step.name))).toBe(expected);
  if (expected !== 'done') return;
  connection.name = step.name;
  model.record(connection.organizationId);
});

/** A change of one connection, which the other organisation has to find absent. */
function change(
  kind: string,
  act: (services: TestServices, caller: Principal, id: string) => Promise<unknown>,
  apply: (model: Model, connection: ModelConnection, outcome: unknown) => void,
) {
  return stepsOf(kind, fc.record({ by, pick }), async (step, world) => {
    const { services, model } = world;
    const connection = picked(model.connections, step.pick);
    if (connection === undefined) return;
    const caller = callerOf(world, step.by);
    const outcome = await act(services, caller, connection.id);
    const sees = model.sees(caller.organizationId, connection);
    expect(codeOf(outcome)).toBe(sees ? 'done' : 'NOT_FOUND');
    if (!sees) return;
    apply(model, connection, outcome);
    model.record(connection.organizationId);
  });
}

function newSecretOf(outcome: unknown): string {
  return (outcome as { secret?: Secret }).secret?.reveal() ?? '';
}

export const changes = [
  change(
    'disable',
    ({ connections }, caller, id) => connections.disable(caller, id),
    (model, connection) => {
      connection.status = 'DISABLED';
      model.killTokens(connection);
    },
  ),
  change(
    'enable',
    ({ connections }, caller, id) => connections.enable(caller, id),
    (_, connection) => {
      connection.status = 'ACTIVE';
    },
  ),
  change(
    'delete',
    ({ connections }, caller, id) => connections.delete(caller, id),
    (model, connection) => {
      connection.status = 'DELETED';
      model.killTokens(connection);
    },
  ),
  change(
    'regenerateSecret',
    ({ secrets }, caller, id) => secrets.regenerate(caller, id, 0),
    (model, connection, outcome) => model.replaceSecret(connection, newSecretOf(outcome)),
  ),
  change(
    'resetAfterLeak',
    ({ secrets }, caller, id) => secrets.resetAfterLeak(caller, id),
    (model, connection, outcome) => {
      model.replaceSecret(connection, newSecretOf(outcome));
      model.killTokens(connection);
    },
  ),
  change(
    'revokeTokens',
    ({ connections }, caller, id) => connections.revokeTokens(caller, id),
    (model, connection) => model.killTokens(connection),
  ),
];
