import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Decision } from '../../../src/domain/limits/call-log.js';
import type { Quota } from '../../../src/domain/limits/quota.js';
import { type Claim, CountAnswer, packQuestions } from '../../../src/stores/redis/count-calls.js';
import { callsKey } from '../../../src/stores/redis/keys.js';
import { SCRIPTS } from '../../../src/stores/redis/scripts.js';
import { newRedisUrl } from '../../support/shared-servers.js';

export interface CountedStep {
  readonly clockUs: number;
  readonly quota: Quota;
  /** What is asked for at once. */
  readonly costs: readonly number[];
}

const CLOCK = "redis.call('TIME')";
/** The script reads its first argument: the last one is not its own. */
const CLOCK_OF_STEP = "{ string.match(ARGV[#ARGV], '(%d+)(%d%d%d%d%d%d)$') }";

/** The script that counts calls, in a real Redis; all that is changed of it is where the time comes from. */
export class CountingScript {
  readonly #redis: Redis;
  readonly #digest: string;

  private constructor(redis: Redis, digest: string) {
    this.#redis = redis;
    this.#digest = digest;
  }

  static async open(): Promise<CountingScript> {
    const { lua } = SCRIPTS.countCalls;
    if (lua.split(CLOCK).length !== 2) throw new Error('The script must read the time in one place.');
    const redis = new Redis(await newRedisUrl());
    const digest = await redis.script(
      'LOAD',
      lua.replace(CLOCK, () => CLOCK_OF_STEP),
    );
    return new CountingScript(redis, String(digest));
  }

  /**
   * Counts a new subject's calls, one step after the other, each at its own instant and by its own quota. From `createdAtUs`
   * on, the instant of the first call that is admitted, the caller has something to claim, as a replica has.
   */
  async count(steps: readonly CountedStep[], createdAtUs?: number): Promise<Decision[][]> {
    const key = callsKey(randomUUID());
    const pipeline = this.#redis.pipeline();
    let claim: Claim | undefined;
    const requests = steps.map(({ clockUs, quota, costs }) => {
      const request = { quota, costs, claim };
      pipeline.callBuffer('evalsha', this.#digest, 1, key, packQuestions([request]), String(clockUs));
      if (clockUs === createdAtUs) claim = { epoch: clockUs, number: 0, lastAtUs: 0, inMinute: 0, inDay: 0 };
      return request;
    });
    pipeline.del(key);
    const answers = (await pipeline.exec()) ?? [];
    return requests.map((request, index) => {
      const [error, answer] = answers[index] as [Error | null, Buffer];
      if (error) throw error;
      return [...(new CountAnswer(answer).read(request)?.decisions ?? [])];
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}
