import { expect, test } from 'vitest';
import { FOLLOWERS } from '../clients/followers.js';
import { DisableConnectionDocument, EnableConnectionDocument } from '../generated/graphql.js';
import { documentOf } from '../support/documented-operations.js';
import { freePort } from '../support/free-port.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine } from '../support/machine.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { startSampleProxy } from '../support/sample-proxies.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';
import { until } from '../support/until.js';

const ROUNDS = Math.ceil(5 * TRIALS_SHARE);
/** graphql-sse comes back after pauses that double, from one second on, each up to three seconds longer. */
const BACK_WITHIN_MS = 15_000;
/** What a frontend does after a cut, where its client does not come back by itself. */
const COME_BACK_AFTER_MS = 500;

/** A client that subscribes anew at each cut, as docs/subscriptions.md says, and what it was told last. */
class Follower {
  readonly name: string;
  readonly #follow: () => () => void;
  toldAt = 0;
  cuts = 0;
  #leave: () => void;
  #isOver = false;

  constructor(name: keyof typeof FOLLOWERS, url: string, headers: Record<string, string>) {
    this.name = name;
    this.#follow = () =>
      FOLLOWERS[name]({
        ...{ url: `${url}/graphql`, headers, document: documentOf('ConnectionChanged') },
        onTold: ({ error }) => {
          if (error === undefined) this.toldAt = performance.now();
          else this.#comeBack();
        },
      });
    this.#leave = this.#follow();
  }

  end(): void {
    this.#isOver = true;
    this.#leave();
  }

  #comeBack(): void {
    if (this.#isOver) return;
    this.cuts++;
    setTimeout(() => {
      if (!this.#isOver) this.#leave = this.#follow();
    }, COME_BACK_AFTER_MS);
  }
}

/** Changes a connection until everybody has been told of a change that was made after this began; resolves with the time. */
async function untilAllAreTold(admin: GraphqlClient, id: string, followers: readonly Follower[]): Promise<number> {
  const beganAt = performance.now();
  const late = () => followers.filter(({ toldAt }) => toldAt < beganAt).map(({ name }) => name);
  await until('every follower was told', async () => {
    await admin.run(DisableConnectionDocument, { id });
    await admin.run(EnableConnectionDocument, { id });
    return late().length === 0;
  });
  return performance.now() - beganAt;
}

test.for(['nginx', 'haproxy'] as const)(
  'whoever follows connections through %s as docs/proxies has it is told of changes again after each replacement of a replica',
  { timeout: 120_000 * (1 + ROUNDS) },
  async (name, { annotate }) => {
    await using redis = await startRedis();
    await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
    const ports = [await freePort(), await freePort()] as const;
    const start = (port: number) => replicas.start({ PORT: String(port), LATCHKEY_DRAIN_MS: '3000' });
    const running: GatewayProcess[] = await Promise.all(ports.map(start));
    await using proxy = await startSampleProxy(name, ports);
    const admin = replicas.admin(proxy);
    const { connectionId } = await createMachine(admin);
    const names = Object.keys(FOLLOWERS) as (keyof typeof FOLLOWERS)[];
    const headers = replicas.headersOf('default');
    // Twice, so that each of the two replicas has some of every kind.
    const followers = [...names, ...names].map((each) => new Follower(each, proxy.url, headers));
    await untilAllAreTold(admin, connectionId, followers);
    const tookMs: number[] = [];

    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, port] of ports.entries()) {
        const old = running[index] as GatewayProcess;
        // In order, and as by a crash.
        old.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
        await old.ended;
        tookMs.push(await untilAllAreTold(admin, connectionId, followers));
        running[index] = await start(port);
      }
    }
    for (const follower of followers) follower.end();

    const worstMs = Math.max(...tookMs);
    const cuts = followers.reduce((sum, follower) => sum + follower.cuts, 0);
    await reportTrial(annotate, {
      bound: `told of a change within ${BACK_WITHIN_MS.toLocaleString('en')} ms after a replica has ended`,
      worst: `${Math.ceil(worstMs).toLocaleString('en')} ms`,
      trials: `${tookMs.length} replacements, every other pair by SIGKILL, under ${followers.length} streams of Apollo Client, urql and graphql-sse; ${cuts} times a client had to be told to come back`,
    });
    expect(worstMs).toBeLessThanOrEqual(BACK_WITHIN_MS);
  },
);
