import { crc32 } from 'node:zlib';
import type { Config } from '../../../src/config.js';
import { KeyRing } from '../../../src/lib/key-ring.js';
import { startTestGateway, type TestGateway } from '../../support/gateway.js';
import type { GraphqlClient } from '../../support/graphql-client.js';
import { expectAlive } from '../../support/rest.js';
import { findSecrets } from '../../support/secret-forms.js';
import { createRandom, EXPLORE_FACTOR, type Random } from '../../support/seeded-random.js';
import { TestClock } from '../../support/test-clock.js';
import { changesSince, stateOf } from './changes.js';
import { Conversation } from './conversation.js';
import { drainLog } from './drained-log.js';
import type { Exchange, FuzzInput } from './input.js';
import { describe, faultsOf, secretsInAnswers, secretsOf } from './judgement.js';
import { fillRoom, KeptStreams } from './kept-streams.js';
import { CONSOLE_DIRECTORY } from './page-requests.js';
import { keeperOf, ORGANIZATIONS, type OrganizationId, populate } from './population.js';
import { begunSessions, sessionFaults, toldToHaveEnded } from './session-judgement.js';
import type { World } from './world.js';

export type MakeInput = (random: Random, world: World) => FuzzInput;

/** How many inputs are sent between two looks at the state, and how many of them at once. */
const BATCH = EXPLORE_FACTOR === 1 ? 100 : 250;
const AT_ONCE = 16;
/** Every batch has a minute of its own, so that limits are met and left again. */
const MINUTE_MS = 61_000;
/** Sign-in links live for 15 minutes. */
const BATCHES_PER_POPULATION = 10;
const ERROR_LEVEL = 50;
const STREAMED = 'a stream';

/** A gateway under inputs, its callers and its log. */
export class Campaign implements AsyncDisposable {
  readonly #answered = new Map<string, number>();
  readonly #streams = new KeptStreams();
  readonly #salt: number;
  readonly #gateway: TestGateway;
  readonly #clock: TestClock;
  readonly #log: ReturnType<typeof drainLog>;
  readonly #keys: string;
  readonly #documents: ReadonlyMap<string, string>;
  #inhabitants: World['inhabitants'] | undefined;
  #batchesLeft = 0;
  #isStopped = false;

  private constructor(parts: {
    salt: number;
    gateway: TestGateway;
    clock: TestClock;
    log: ReturnType<typeof drainLog>;
    keys: string;
    documents: ReadonlyMap<string, string>;
  }) {
    this.#salt = parts.salt;
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#keys = parts.keys;
    this.#documents = parts.documents;
  }

  /** `config` may leave open what a gateway of tests has anyhow. Campaigns of two names send different inputs. */
  static async open(name: string, config: Partial<Config>): Promise<Campaign> {
    const [clock, log, keys] = [new TestClock(), drainLog(), KeyRing.generate()];
    const gateway = await startTestGateway({
      config,
      clock,
      logger: log.logger,
      keyRing: KeyRing.parse(keys),
      consoleDirectory: CONSOLE_DIRECTORY,
    });
    const documents = config.trustedDocuments?.documents ?? new Map<string, string>();
    return new Campaign({ salt: crc32(name), gateway, clock, log, keys, documents });
  }

  /** How many inputs of each kind were answered with which status, in one line. */
  get figures(): string {
    const counts = [...this.#answered].sort(([one], [other]) => (one < other ? -1 : 1));
    const sum = counts.reduce((total, [, count]) => total + count, 0);
    return `${sum} inputs: ${counts.map(([told, count]) => `${told} ${count}`).join(', ')}`;
  }

  /** How many streams have begun. */
  get streamed(): number {
    return [...this.#answered].reduce((sum, [told, count]) => (told.endsWith(STREAMED) ? sum + count : sum), 0);
  }

  get url(): string {
    return this.#gateway.url;
  }

  /** Sends a batch of inputs and returns what is wrong with anything that came of it. */
  async run(seed: number, make: MakeInput): Promise<string[]> {
    const random = createRandom(seed ^ this.#salt);
    const world = await this.#world(random);
    const before = await Promise.all(this.#keepers().map(stateOf));
    const inputs = Array.from({ length: BATCH }, () => make(random, world));
    const conversations = await this.#send(inputs);
    await expectAlive(this.url);
    const changes = await this.#changes(before);
    const [one, other] = this.#keepers();
    const keepers = { default: one, other } as Record<OrganizationId, GraphqlClient>;
    const ended = toldToHaveEnded(conversations.map(({ exchange }) => exchange));
    const missed = await this.#streams.finish(keepers, ended);
    const exchanges = conversations.map(({ exchange }) => exchange);
    const secrets = { ...secretsOf(world, this.#keys.split(':')[1] ?? ''), ...begunSessions(exchanges) };
    const faults = [
      ...exchanges.flatMap((exchange) =>
        faultsOf(exchange, world).map(
          (fault) =>
            `${fault}\n  for ${describe(exchange.input)}\n  answered ${JSON.stringify(exchange.received.answers.map(({ status, text }) => [status, text.slice(0, 1_000)]))}`,
        ),
      ),
      ...repeatedIds(exchanges),
      ...secretsInAnswers(exchanges, secrets),
      ...(await sessionFaults(exchanges, world)),
      ...changes,
      ...missed,
    ];
    return [...faults, ...logFaults(this.#log.drain(), secrets)];
  }

  async #world(random: Random): Promise<World> {
    this.#clock.advance(MINUTE_MS);
    if (this.#inhabitants === undefined || this.#batchesLeft-- <= 0) {
      const [one, other] = await Promise.all(ORGANIZATIONS.map((each) => populate(this.#gateway, this.#clock, each)));
      this.#inhabitants = { default: one, other } as World['inhabitants'];
      this.#batchesLeft = BATCHES_PER_POPULATION;
    }
    const marker = Array.from({ length: 20 }, () => random.below(36).toString(36)).join('');
    return { url: this.url, inhabitants: this.#inhabitants, marker, documents: this.#documents };
  }

  #keepers() {
    return ORGANIZATIONS.map((each) => keeperOf(this.#gateway, this.#clock, each));
  }

  async #send(inputs: readonly FuzzInput[]): Promise<Conversation[]> {
    const conversations: Conversation[] = [];
    const waiting = [...inputs];
    const sendNext = async () => {
      for (let input = waiting.pop(); input !== undefined; input = waiting.pop()) {
        const conversation = new Conversation(this.url, input);
        conversations.push(conversation);
        await conversation.begun;
        const { answers, isStreaming } = conversation.received;
        const told = `${input.kind}: ${isStreaming ? STREAMED : (answers[0]?.status ?? 'left')}`;
        this.#answered.set(told, (this.#answered.get(told) ?? 0) + 1);
        if (isStreaming) await this.#streams.keep(conversation);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sendNext));
    return conversations;
  }

  async #changes(before: readonly Awaited<ReturnType<typeof stateOf>>[]): Promise<string[]> {
    const keepers = this.#keepers();
    const changes = await Promise.all(
      before.map((state, index) => changesSince(keepers[index] as (typeof keepers)[number], state)),
    );
    // Who was changed may have lost its credentials.
    if (changes.some(({ count }) => count > 0)) this.#batchesLeft = 0;
    return changes.flatMap(({ faults }) => [...faults]);
  }

  /**
   * Fills the room that each listener has for streams, which shows that the batches have left none, and stops the gateway.
   * @returns how these streams ended
   */
  async stop(): Promise<string[]> {
    const { inhabitants } = await this.#world(createRandom(1));
    const bearers = ORGANIZATIONS.flatMap((each) => Object.values(inhabitants[each].bearers));
    const streams = await Promise.all(bearers.map((bearer) => fillRoom(this.url, bearer)));
    await this[Symbol.asyncDispose]();
    return Promise.all(streams.flat().map(({ ended }) => ended));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#gateway[Symbol.asyncDispose]();
  }
}

function repeatedIds(exchanges: readonly Exchange[]): string[] {
  const ids = exchanges.flatMap(({ received }) => received.answers.map(({ headers }) => headers.get('x-request-id')));
  return new Set(ids).size === ids.length ? [] : ['two answers have one request id'];
}

/** No caller makes a fault of ours, and none makes us write a secret down. */
function logFaults(lines: readonly string[], secrets: Readonly<Record<string, string>>): string[] {
  const errors = lines.filter((line) => (JSON.parse(line) as { level: number }).level >= ERROR_LEVEL);
  const hasSecrets = findSecrets(secrets, lines.join('')).length > 0;
  const told = hasSecrets ? lines.filter((line) => findSecrets(secrets, line).length > 0) : [];
  return [
    ...errors.map((line) => `an error in the log: ${line}`),
    ...told.map((line) => `a secret in the log: ${line}`),
  ];
}
