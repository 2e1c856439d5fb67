import { setTimeout as delay } from 'node:timers/promises';
import { findHalfDone, settleChange } from './acknowledged-checks.js';
import { AcknowledgedWriter } from './acknowledged-writer.js';
import type { GraphqlClient } from './graphql-client.js';
import type { Target } from './known-connection.js';
import { untilBegunIsDone } from './postgres-session.js';
import type { Fault } from './random-faults.js';
import { send } from './rest.js';
import { createRandom, type Random } from './seeded-random.js';
import { readPostgresState } from './stored-state.js';
import { until } from './until.js';

const FAULT_MS_MIN = 500;
const FAULT_MS_MORE = 4_000;
/** The fault comes among the writes. */
const FAULT_BEFORE_MS_MAX = 400;
/** Of one phase: what has to be compared grows with every write, and each replica remembers for a day what was revoked. */
const WRITES_MAX = 15;

export interface PhasePlan {
  readonly databaseUrl: string;
  readonly replicas: readonly { readonly url: string; readonly admin: GraphqlClient }[];
  readonly faults: readonly [Fault, ...Fault[]];
  readonly random: Random;
}

/** Writers of the default organisation, whose writes meet one fault after the other. */
export class FaultyPhases {
  readonly writers = ['a', 'b', 'c', 'd', 'e', 'f'].map(
    (name, index) =>
      new AcknowledgedWriter({
        name,
        random: createRandom(index),
        authenticationType: 'OAUTH',
        asAdmin: index % 2 === 0,
      }),
  );
  /** What contradicts the answers, or itself. */
  readonly wrong: string[] = [];
  readonly counts = new Map<string, number>();
  acknowledged = 0;
  unanswered = 0;
  readonly #plan: PhasePlan;

  constructor(plan: PhasePlan) {
    this.#plan = plan;
  }

  /** One fault, during which the writers write; resolves when all is well again, and was compared. */
  async next(): Promise<void> {
    const { replicas, faults, random, databaseUrl } = this.#plan;
    const fault = random.pick(faults);
    const phase = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    this.counts.set(fault.what, (this.counts.get(fault.what) ?? 0) + 1);
    let writes = 0;
    const targets = replicas.map(
      (replica): Target => ({
        ...replica,
        isKilled: () => writes >= WRITES_MAX,
        // Whoever is told to come back does not know whether it happened.
        isUnanswered: (error) => /SERVICE_UNAVAILABLE|request: 503/.test(String(error)),
        acknowledged: () => {
          writes++;
        },
      }),
    );
    const targetOf = (index: number) => targets[(index + phase) % targets.length] as Target;
    for (const [index, writer] of this.writers.entries()) await writer.repeatCreate(targetOf(index));
    const writing = this.writers.map((writer, index) => writer.run(targetOf(index)));
    const met = this.#meet(fault);
    await Promise.all([...writing, met]);
    await until(`all was well after this: ${fault.what}`, async () =>
      (await Promise.all(replicas.map(({ url }) => isReady(url)))).every(Boolean),
    );
    await untilBegunIsDone(databaseUrl);
    this.acknowledged += writes;
    this.unanswered += this.writers.filter(({ unanswered, unansweredCreate }) => unanswered ?? unansweredCreate).length;
    const stored = await readPostgresState(databaseUrl, 'default');
    for (const writer of this.writers) settleChange(writer, stored);
    const found = findHalfDone(stored, this.writers, { withTokens: false });
    this.wrong.push(...found.map((what) => `phase ${phase}, ${fault.what}: ${what}`));
    if (found.length > 0) console.log(`phase ${phase}, ${fault.what}: ${found.join(', ')}`);
  }

  async #meet({ begin, end }: Fault): Promise<void> {
    const { random } = this.#plan;
    await delay(random.below(FAULT_BEFORE_MS_MAX));
    await begin();
    await delay(FAULT_MS_MIN + random.below(FAULT_MS_MORE));
    await end();
  }
}

async function isReady(url: string): Promise<boolean> {
  return (await send(`${url}/readyz`)).text.startsWith('{"status":"ready"');
}
