import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AuditEventsDocument, IssueTokenDocument, RenameConnectionDocument } from '../generated/graphql.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { createGraphqlClient, type GraphqlClient } from '../support/graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { authorizationOf, COMPATIBLE, jsonOf, post, postForm, STANDARD } from '../support/rest.js';
import { runTrial, type TrialFigures } from '../support/revocation-trials.js';
import { createRandom, drawSeed } from '../support/seeded-random.js';
import { sessionOf } from '../support/session.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { shiftedClock } from '../support/shifted-clock.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';

const OFF_S = 300;
/** How far an instant may be from what the two clocks say: a busy machine takes a while. */
const NEAR_S = 10;
const BOUND_MS = 200;
const REVOCATIONS = Math.ceil(100 * TRIALS_SHARE);
const LIMIT = 100;
const MINUTE_MS = 60_000;
/** Into the third minute: the limit is reached three times. */
const FLOOD_MS = 125_000 * TRIALS_SHARE;
const ADMITTED = LIMIT * Math.ceil(FLOOD_MS / MINUTE_MS);
const DAY_S = 86_400;
const seed = drawSeed('SKEW_SEED');

const SHIFTS: readonly (readonly [what: string, seconds: number])[] = [
  ['ahead', OFF_S],
  ['behind', -OFF_S],
];

/** Two replicas on one state: the clock of the first is so many seconds off, the other's is right. */
async function startPair(offS: number, env: Record<string, string> = {}) {
  await using started = new AsyncDisposableStack();
  // Nobody else's commands hold up a Redis of one's own.
  const redis = started.use(await startRedis());
  const replicas = started.use(new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url }));
  const [shifted, right] = await Promise.all([replicas.start({ ...env, ...shiftedClock(offS) }), replicas.start(env)]);
  const disposal = started.move();
  return { redis, replicas, shifted, right, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

test.for(SHIFTS)(
  `of a flood of two replicas, the clock of one of them five minutes %s, exactly the limit is admitted in each minute`,
  { timeout: FLOOD_MS + 60_000 },
  async ([, offS], { annotate }) => {
    await using pair = await startPair(offS, { LATCHKEY_CALLS_PER_MINUTE: String(LIMIT) });
    const { replicas, shifted, right } = pair;
    const machine = await createMachine(replicas.admin(right));
    const admitted = [0, 0];
    let refused = 0;
    const end = performance.now() + FLOOD_MS;
    const flood = async ({ url }: { readonly url: string }, index: number) => {
      while (performance.now() < end) {
        const { status, text } = await post(`${url}${COMPATIBLE.token}`, authorizationOf(machine));
        if (status === 200) admitted[index] = (admitted[index] ?? 0) + 1;
        else if (status === 429) refused++;
        else throw new Error(`${status} ${text}`);
      }
    };
    await Promise.all([shifted, right, shifted, right].map((replica, client) => flood(replica, client % 2)));

    const [byShifted = 0, byRight = 0] = admitted;
    await reportTrial(annotate, {
      bound: `${ADMITTED} in ${FLOOD_MS / 1_000} s`,
      worst: `${byShifted + byRight}: ${byShifted} by the one, ${byRight} by the other`,
      trials: `${byShifted + byRight + refused} calls`,
    });
    expect(byShifted + byRight).toBe(ADMITTED);
    for (const count of admitted) expect(count).toBeGreaterThan(0);
  },
);

test.for(SHIFTS)(
  `what one of two replicas revoked, the other accepts for at most ${BOUND_MS} ms, the clock of one of them five minutes %s`,
  { timeout: 60_000 + REVOCATIONS * 10_000 },
  async ([, offS], { annotate }) => {
    // Look-ups go on without end: no quota would do for them.
    await using pair = await startPair(offS, { LATCHKEY_LIMITS: 'off' });
    const { redis, replicas, shifted, right } = pair;
    // Nothing is wrong with any link.
    await using proxy = await startFaultProxy(redis.port);
    const random = createRandom(seed);
    const figures: TrialFigures = {
      ...{ trials: 0, acceptedAfterAckMsMax: Number.NEGATIVE_INFINITY, unavailable: 0, lookUps: 0 },
      refusedAfterAckMs: [],
    };
    while (figures.trials < REVOCATIONS) {
      const [revoker, asked] = figures.trials % 2 === 0 ? [shifted, right] : [right, shifted];
      await runTrial({ replicas, revoker, asked: [asked], proxy, random }, 'none', figures);
    }

    await reportTrial(annotate, {
      bound: `${BOUND_MS} ms after the acknowledgement`,
      worst: `${figures.acceptedAfterAckMsMax.toFixed(0)} ms`,
      trials: `${REVOCATIONS} revocations, half of them by the one, ${figures.lookUps} look-ups`,
    });
    expect(figures.acceptedAfterAckMsMax, `again with SKEW_SEED=${seed}`).toBeLessThanOrEqual(BOUND_MS);
  },
);

/** What a token's introspection at a replica says, its instants as seconds from now. */
async function introspectNow(url: string, machine: MachineCredentials, token: string) {
  const answer = jsonOf(await postForm(`${url}${STANDARD.introspect}`, { token }, authorizationOf(machine)));
  const [iat, exp] = [Number(answer.iat), Number(answer.exp)];
  return { active: answer.active, iatS: iat - Date.now() / 1_000, lifetimeS: exp - iat };
}

/** The session that the link on a replica's ready line begins at another one, as a browser has it at the first. */
async function signInAt(url: string, { url: issuer, readyLine }: { readonly url: string; readonly readyLine: string }) {
  const [, code = ''] = /\?code=(\S+)/.exec(readyLine) ?? [];
  return sessionOf(await post(`${url}/sign-in?code=${code}`), issuer);
}

/** Newest first, each with its instant as seconds from now. */
async function auditInstants(admin: GraphqlClient) {
  const { auditEvents } = await admin.run(AuditEventsDocument);
  return auditEvents.edges.map(({ node: { action, detail, at } }) => ({
    action,
    detail,
    atS: (Date.parse(at) - Date.now()) / 1_000,
  }));
}

test.for(SHIFTS)(
  'what a replica whose clock is five minutes %s gives out is good at the other, and its instants are off by that, no more',
  { timeout: 60_000 },
  async ([, offS], { annotate }) => {
    await using pair = await startPair(offS);
    const { replicas, shifted, right } = pair;
    const machine = await createMachine(replicas.admin(right));
    const off: { readonly what: string; readonly s: number; readonly shouldS: number }[] = [];
    const note = (what: string, s: number, shouldS: number) => off.push({ what, s, shouldS });

    for (const [issuer, asked, issuerOffS] of [
      [shifted, right, offS],
      [right, shifted, 0],
    ] as const) {
      const token = await requestToken(issuer.url, machine);
      const { active, iatS, lifetimeS } = await introspectNow(asked.url, machine, token);
      expect([active, lifetimeS]).toEqual([true, DAY_S]);
      note('iat', iatS, issuerOffS);
      // One shared bearer, whoever is asked; what is left of it is told by the clock of whoever is asked.
      const shared = await replicas.admin(asked).run(IssueTokenDocument, { connectionId: machine.connectionId });
      if (shared.issueToken.__typename !== 'AccessToken') throw new Error(JSON.stringify(shared.issueToken));
      const askedOffS = asked === shifted ? offS : 0;
      if (asked === shifted) note('expiresIn', shared.issueToken.expiresIn - DAY_S, 0 - askedOffS);
      // A link of the one begins a session at the other, which is good at the first.
      const signedIn = createGraphqlClient(issuer.url, await signInAt(asked.url, issuer));
      const [newest] = await auditInstants(replicas.admin(right));
      expect(newest?.action).toBe('user.signed_in');
      note('sign-in', newest?.atS ?? Number.NaN, askedOffS);
      expect((await signedIn.send('{ viewer { role } }')).data).toEqual({ viewer: { role: 'SUPER_ADMIN' } });
    }
    // The log is in the order of the changes, whatever their instants say.
    for (const [index, replica] of [shifted, right, shifted, right].entries()) {
      await replicas.admin(replica).run(RenameConnectionDocument, { id: machine.connectionId, name: `name ${index}` });
      await delay(1);
    }
    const newest = (await auditInstants(replicas.admin(right))).slice(0, 4);
    expect(newest.map(({ detail }) => detail)).toEqual(['name 3', 'name 2', 'name 1', 'name 0']);
    for (const [index, { atS }] of newest.entries()) note('audit', atS, index % 2 === 0 ? 0 : offS);

    const furthest = Math.max(...off.map(({ s }) => Math.abs(s)));
    await reportTrial(
      annotate,
      {
        bound: `all accepted, instants off by ${OFF_S} s ± ${NEAR_S} s at most`,
        worst: `off by ${furthest.toFixed(0)} s`,
        trials: 'tokens, shared bearers, sign-in links, sessions and audit events, each way',
      },
      off.map(({ what, s }) => `${what} ${s.toFixed(1)} s`).join(', '),
    );
    for (const { what, s, shouldS } of off) expect(Math.abs(s - shouldS), `${what}: ${s} s`).toBeLessThan(NEAR_S);
  },
);
