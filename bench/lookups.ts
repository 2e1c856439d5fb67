import { loadBuilt } from './built.ts';
import { median } from './table.ts';

/**
 * A process of its own that looks tokens up in the product's way, as often as the order says: all of them in one turn of
 * the event loop, and one after the other. Nothing is remembered, so that Redis is asked for each.
 */

export interface LookupOrder {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly keys: string;
  /** Live ones. */
  readonly tokens: readonly string[];
  readonly rounds: number;
}

export interface LookupReport {
  readonly togetherMs: number;
  readonly oneByOneMs: number;
  /** How many times faster together: the median of the rounds' own ratios. */
  readonly speedup: number;
}

const WARM_UP_ROUNDS = 50;

process.on('message', async (order: LookupOrder) => {
  process.send?.(await measure(order));
});

async function measure(order: LookupOrder): Promise<LookupReport> {
  const { database, lookUp } = await open(order);
  const { tokens } = order;
  const together = () => timed(() => Promise.all(tokens.map(lookUp)));
  const oneByOne = () =>
    timed(async () => {
      for (const token of tokens) await lookUp(token);
    });
  const rounds: { togetherMs: number; oneByOneMs: number }[] = [];
  for (let round = -WARM_UP_ROUNDS; round < order.rounds; round++) {
    const sample = { togetherMs: await together(), oneByOneMs: await oneByOne() };
    if (round >= 0) rounds.push(sample);
  }
  await database.close();
  return {
    togetherMs: median(rounds.map(({ togetherMs }) => togetherMs)),
    oneByOneMs: median(rounds.map(({ oneByOneMs }) => oneByOneMs)),
    speedup: median(rounds.map(({ togetherMs, oneByOneMs }) => oneByOneMs / togetherMs)),
  };
}

async function open({ databaseUrl, redisUrl, keys }: LookupOrder) {
  const [{ openReplicatedDatabase }, { parseRedisUrl }, { TokenLookup }, { KeyRing }, { Secret }, clock, logger] =
    await loadProduct();
  const keyRing = KeyRing.parse(keys);
  const database = await openReplicatedDatabase({
    databaseUrl: new Secret(databaseUrl),
    databaseConnections: 4,
    redis: parseRedisUrl(redisUrl),
    deadlineMs: 600,
    revocationBoundMs: 200,
    rememberedTokens: 0,
    sharedByReplicas: undefined,
    keyRing,
    clock: clock.systemClock,
    logger: logger.createLogger('warn'),
  });
  const lookup = new TokenLookup(database.tokens, keyRing, clock.systemClock);
  const lookUp = async (token: string) => {
    if ((await lookup.findLive(new Secret(token))) === undefined) throw new Error('a live token was not found');
  };
  return { database, lookUp };
}

function loadProduct() {
  return Promise.all([
    loadBuilt<typeof import('../src/stores/replicated.database.ts')>('stores/replicated.database.js'),
    loadBuilt<typeof import('../src/stores/redis/address.ts')>('stores/redis/address.js'),
    loadBuilt<typeof import('../src/domain/tokens/token.lookup.ts')>('domain/tokens/token.lookup.js'),
    loadBuilt<typeof import('../src/lib/key-ring.ts')>('lib/key-ring.js'),
    loadBuilt<typeof import('../src/lib/secrets.ts')>('lib/secrets.js'),
    loadBuilt<typeof import('../src/lib/clock.ts')>('lib/clock.js'),
    loadBuilt<typeof import('../src/lib/logger.ts')>('lib/logger.js'),
  ]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
