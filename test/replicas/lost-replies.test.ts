import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { newId } from '../../src/lib/ids.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord, sharedTokenRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

const LEASE_MS = 600_000;
/** Without a day a count writes the same at any moment of a minute. */
const QUOTA = { perMinute: 100, perDay: undefined, dayWindow: 'rolling' } as const;

let redis: RedisServer;
let link: FaultProxy;
/** Two replicas on one state, of which the first reaches Redis by the link. Their clocks stand still. */
let near: Database;
let far: Database;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  redis = opened.use(await startRedis());
  link = opened.use(await startFaultProxy(redis.port));
  const databaseUrl = await newDatabaseUrl();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const byLink = { databaseUrl, redisUrl: `redis://127.0.0.1:${link.port}` };
  near = opened.use(await openReplica(byLink, { keyRing, deadlineMs: HASTY_MS })).database;
  far = opened.use(await openReplica({ databaseUrl, redisUrl: redis.url }, { keyRing })).database;
  await near.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
});
afterAll(() => opened.disposeAsync());

interface Asked {
  /** Does it at the first replica, whose answer from Redis is lost. */
  readonly ask: () => Promise<unknown>;
  /** What the other replica finds then: that it was done, once. */
  readonly expectDone: () => Promise<unknown>;
}

async function countCall(): Promise<Asked> {
  const subject = randomUUID();
  const count = async (database: Database, cost: number) =>
    (await database.calls.count(subject, QUOTA, cost)).minute.remaining;
  expect(await count(far, 1)).toBe(99);
  return {
    ask: () => count(near, 1),
    // Nobody knows whether it was admitted, so it is consumed.
    expectDone: async () => expect(await count(far, 1)).toBe(97),
  };
}

async function issueToken(): Promise<Asked> {
  const token = tokenRecord(connectionRecord());
  return {
    ask: () => near.tokens.insert(token),
    expectDone: async () => expect(await findTokens(far, [token.digest])).toEqual([token]),
  };
}

async function revokeToken(): Promise<Asked> {
  const connection = connectionRecord();
  await far.change('default', ({ connections }) => connections.insert(connection));
  const token = tokenRecord(connection);
  await far.tokens.insert(token);
  expect(await findTokens(far, [token.digest])).toEqual([token]);
  return {
    ask: () => near.change('default', ({ tokens }) => tokens.revoke(token)),
    expectDone: () =>
      until('every replica refuses it', async () => {
        const found = await Promise.all([near, far].map((database) => findTokens(database, [token.digest])));
        return found.flat().every((each) => each === undefined);
      }),
  };
}

async function takeLease(): Promise<Asked> {
  const connectionId = newId('con');
  return {
    ask: () => near.sharedTokens.acquire(connectionId, undefined, LEASE_MS),
    // Whoever asked may be about to mint: nobody else does.
    expectDone: async () =>
      expect(await far.sharedTokens.acquire(connectionId, undefined, LEASE_MS)).toHaveProperty('heldForMs'),
  };
}

async function keepSharedToken(): Promise<Asked> {
  const connectionId = newId('con');
  const acquired = await far.sharedTokens.acquire(connectionId, undefined, LEASE_MS);
  if (!('leasedFence' in acquired)) throw new Error('no lease');
  const token = sharedTokenRecord(acquired.leasedFence);
  return {
    ask: () => near.sharedTokens.keep(connectionId, token),
    expectDone: async () => {
      const found = await far.sharedTokens.acquire(connectionId, undefined, LEASE_MS);
      expect('kept' in found && found.kept.accessToken.reveal()).toBe(token.accessToken.reveal());
    },
  };
}

/** How often Redis has run a command, in scripts too, since its counts were last reset. */
async function runsOf(command: string): Promise<number> {
  const stats = await sendRedisCommand(redis.port, 'INFO', 'commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

describe.for<readonly [what: string, command: string, runs: number, begin: () => Promise<Asked>]>([
  // The instant of the call, and the header.
  ['a call was counted', 'setrange', 2, countCall],
  ['a token was issued', 'set', 1, issueToken],
  ['a token was revoked', 'xadd', 1, revokeToken],
  // The fence, and the lease.
  ['the lease of a shared token was taken', 'set', 2, takeLease],
  ['a shared token was kept', 'hset', 1, keepSharedToken],
])(
  'where %s and Redis’s answer is lost, whoever asked is told that nobody knows, and it is done once',
  ([, command, runs, begin]) => {
    test.for<readonly [when: string, then: () => void]>([
      ['though nothing comes any more', () => undefined],
      ['though the connection ends at once', () => link.reset()],
    ])('%s', async ([, then]) => {
      const { ask, expectDone } = await begin();
      await sendRedisCommand(redis.port, 'CONFIG', 'RESETSTAT');
      link.dropReplies();
      const asked = errorCodeOf(ask());
      await until('it was done', async () => (await runsOf(command)) >= runs);
      then();

      expect(await asked).toBe('TEMPORARILY_UNAVAILABLE');
      link.pass();
      await until(
        'the replica reaches Redis again',
        async () => (await errorCodeOf(near.tokens.find('absent'))) === 'no error',
      );
      expect(await runsOf(command)).toBe(runs);
      await expectDone();
    });
  },
);
