import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { machineOf, type Principal } from '../../src/domain/principal.js';
import { Refusal } from '../../src/domain/refusal.js';
import { Secret } from '../../src/lib/secrets.js';
import { accepted, errorCodeOf, type Services } from '../support/services.js';
import type { ModelConnection, ModelToken } from './model.js';
import { by, callerOf, codeOf, pick, picked, stepsOf } from './step.js';

/** A machine asks for a token with any secret that was ever shown. */
export const issue = stepsOf('issue', fc.record({ pick }), async (step, { services, model }) => {
  const { clock, credentials, tokens } = services;
  const secret = picked(
    model.secrets.filter(({ of }) => of.type === 'OAUTH'),
    step.pick,
  );
  if (secret === undefined) return;
  const authenticating = credentials.authenticateClient(secret.of.clientId ?? '', new Secret(secret.text));
  expect(await errorCodeOf(authenticating)).toBe(model.accepts(secret) ? 'no error' : 'INVALID_CLIENT');
  if (!model.accepts(secret)) return;
  const { accessToken, token } = await tokens.issue((await authenticating).client);
  model.issue(secret.of, { id: token.id, text: accessToken.reveal() }, clock.now());
});

export const bearer = stepsOf('bearer', fc.record({ by, pick }), async (step, world) => {
  const { services, model } = world;
  const connection = picked(model.connections, step.pick);
  if (connection === undefined) return;
  const now = services.clock.now();
  const caller = callerOf(world, step.by);
  const outcome = await services.sharedTokens.issue(caller, connection.id);
  const refusable = connection.type === 'ACCESS_KEY' || connection.status !== 'ACTIVE';
  const refusal = refusable ? 'INVALID_INPUT' : 'done';
  expect(codeOf(outcome)).toBe(model.sees(caller.organizationId, connection) ? refusal : 'NOT_FOUND');
  if (outcome instanceof Refusal) return;
  const text = outcome.accessToken.reveal();
  const good = model.goodBearer(connection, now);
  if (good !== undefined) expect(text).toBe(good.text);
  if (good !== undefined && !model.isDue(good, now)) return;
  // Where the good one nears its end, the next was minted meanwhile, and whoever asks is soon given that.
  const next = good === undefined ? text : await nextBearer(services, caller, connection.id, text);
  expect(model.tokens.map((token) => token.text)).not.toContain(next);
  const kept = await services.lookup.findLive(new Secret(next));
  connection.bearer = model.issue(connection, { id: kept?.id ?? 'none', text: next }, now);
  model.record(connection.organizationId);
});

function nextBearer(services: Services, caller: Principal, connectionId: string, old: string): Promise<string> {
  return vi.waitFor(async () => {
    const text = accepted(await services.sharedTokens.issue(caller, connectionId)).accessToken.reveal();
    expect(text).not.toBe(old);
    return text;
  });
}

const revocation = fc.record({ by, pick, machine: fc.option(pick) });

/** Somebody revokes any token that was ever issued: a super admin of either organisation, or any connection's machine. */
export const revoke = stepsOf('revoke', revocation, async (step, world) => {
  const { services, model } = world;
  const token = picked(model.tokens, step.pick);
  if (token === undefined) return;
  const machine = step.machine === null ? undefined : picked(model.connections, step.machine);
  const caller =
    machine === undefined ? callerOf(world, step.by) : machineOf({ ...machine, allowedCidrs: [] }, 'client secret');
  const revoking = services.tokens.revoke(caller, new Secret(token.text));
  const isKnown = token.of.organizationId === caller.organizationId && model.isLive(token, services.clock.now());
  if (isKnown && !mayRevoke(caller, machine, token)) {
    expect(await errorCodeOf(revoking)).toBe('UNAUTHORIZED_CLIENT');
    return;
  }
  await revoking;
  if (!isKnown) return;
  token.dead = true;
  model.record(token.of.organizationId);
});

function mayRevoke(caller: Principal, machine: ModelConnection | undefined, { of }: ModelToken): boolean {
  return machine === undefined ? of.organizationId === caller.organizationId : of === machine;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Up to where something happens to a token or a bearer, and just past it. */
const spans = fc.constantFrom(
  ...[1, MINUTE_MS, DAY_MS - 1, DAY_MS],
  ...[15, 10].flatMap((minutes) => [DAY_MS - minutes * MINUTE_MS, DAY_MS - minutes * MINUTE_MS + 1]),
);
export const advance = stepsOf('advance', spans, async (ms, { services }) => services.clock.advance(ms));

export const sweep = stepsOf('sweep', fc.constant(null), async (_, { services }) => {
  while (await services.tokens.sweepExpired());
});
