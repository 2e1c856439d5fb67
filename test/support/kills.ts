import { setTimeout as delay } from 'node:timers/promises';
import { KeyRing } from '../../src/lib/key-ring.js';
import { findHalfDone, findRefusedOrRevived, settleChange } from './acknowledged-checks.js';
import { AcknowledgedWriter } from './acknowledged-writer.js';
import { type GatewayProcess, spawnGateway } from './gateway-process.js';
import type { GraphqlClient } from './graphql-client.js';
import type { Target } from './known-connection.js';
import { createRandom } from './seeded-random.js';
import { readPostgresState, readStoredState, type StoredState } from './stored-state.js';
import { userByKeys, userOfProcess } from './user-of-process.js';

/** A round's kill comes after so many acknowledged writes at least, and at most so many more. */
export const WRITES_MIN = 10;
const WRITES_MORE = 60;
/** … and up to so many ms behind the last of them, while the other writers' requests are under way. */
const DELAY_MS = 4;

/** Where a gateway that is killed keeps its state. */
export interface KilledStore {
  readonly env: Record<string, string>;
  /** A super admin's client of the gateway. */
  admin(url: string): Promise<GraphqlClient>;
  /** What a kill has left. */
  read(): Promise<StoredState>;
}

export function inDirectory(directory: string): KilledStore {
  return {
    env: { LATCHKEY_DATA_DIR: directory },
    admin: (url) => userOfProcess(url, directory),
    read: () => readStoredState(directory),
  };
}

/** In PostgreSQL alone, of which one gateway at a time makes use. */
export function inPostgres(databaseUrl: string): KilledStore {
  const keys = KeyRing.generate();
  return {
    env: { DATABASE_URL: databaseUrl, LATCHKEY_KEYS: keys, LATCHKEY_STORE_DEADLINE_MS: '15000' },
    admin: async (url) => userByKeys(url, KeyRing.parse(keys)),
    read: () => readPostgresState(databaseUrl),
  };
}

export interface KillReport {
  /** What was acknowledged and is lost, or is half done, or was done twice. */
  readonly lost: readonly string[];
  readonly acknowledged: number;
  readonly unanswered: number;
  /** How many of those have happened all the same. */
  readonly happenedUnanswered: number;
}

/** Kills a gateway among writes, again and again, and compares what it has left with what was answered. */
export async function killAmongWrites(store: KilledStore, kills: number, seed: number): Promise<KillReport> {
  const random = createRandom(seed);
  const writers = createWriters(seed);
  const lost: string[] = [];
  const counts = { acknowledged: 0, unanswered: 0, happenedUnanswered: 0 };
  const note = (after: number, found: readonly string[]) =>
    lost.push(...found.map((what) => `after ${after} kills: ${what}`));
  let stored: StoredState | undefined;
  // The last start looks at what the last kill left, and writes nothing.
  for (let done = 0; done <= kills; done++) {
    await using gateway = await spawnGateway({ env: store.env });
    const admin = await store.admin(gateway.url);
    const round = beginRound(gateway, admin, WRITES_MIN + random.below(WRITES_MORE), random.below(DELAY_MS));
    if (stored !== undefined) note(done, await findRefusedOrRevived(round.target, writers, stored));
    if (done === kills) break;

    for (const writer of writers) await writer.repeatCreate(round.target);
    await Promise.all(writers.map((writer) => writer.run(round.target)));
    await gateway.ended;
    counts.acknowledged += round.acknowledged();
    for (const writer of writers) if (writer.unanswered ?? writer.unansweredCreate) counts.unanswered++;
    stored = await store.read();
    for (const writer of writers) if (settleChange(writer, stored)) counts.happenedUnanswered++;
    note(done + 1, findHalfDone(stored, writers));
  }
  return { lost, ...counts };
}

function createWriters(seed: number): AcknowledgedWriter[] {
  return ['a', 'b', 'c', 'd', 'e', 'f', 'key'].map(
    (name, index) =>
      new AcknowledgedWriter({
        name,
        random: createRandom(seed + index + 1),
        authenticationType: name === 'key' ? 'ACCESS_KEY' : 'OAUTH',
        asAdmin: index % 2 === 0,
      }),
  );
}

/** A target for the writers that is killed, among their writes, when so many were acknowledged. */
function beginRound(gateway: GatewayProcess, admin: GraphqlClient, writes: number, delayMs: number) {
  let acknowledged = 0;
  let killed = false;
  const target: Target = {
    url: gateway.url,
    admin,
    isKilled: () => killed,
    // fetch says of a connection that broke: TypeError.
    isUnanswered: (error) => killed && error instanceof TypeError,
    acknowledged: () => {
      if (++acknowledged !== writes) return;
      void delay(delayMs).then(() => {
        killed = true;
        gateway.kill('SIGKILL');
      });
    },
  };
  return { target, acknowledged: () => acknowledged };
}
