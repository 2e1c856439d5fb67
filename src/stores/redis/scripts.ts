import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The scripts: each is one atomic step, documented in its file under lua/. ioredis sends a script's digest, and its
 * text where the server lacks the script.
 */
const NUMBER_OF_KEYS = {
  publishRevocations: 1,
  probeRevocations: 2,
  acquireSharedToken: 3,
  keepSharedToken: 3,
  releaseSharedToken: 2,
  /** One key per subject: the first argument gives the number. */
  countCalls: undefined,
} as const;

type ScriptName = keyof typeof NUMBER_OF_KEYS;

export const SCRIPTS = Object.fromEntries(
  Object.entries(NUMBER_OF_KEYS).map(([name, numberOfKeys]) => [
    name,
    {
      ...(numberOfKeys === undefined ? {} : { numberOfKeys }),
      lua: readFileSync(join(import.meta.dirname, 'lua', `${name}.lua`), 'utf8'),
    },
  ]),
) as Record<ScriptName, { numberOfKeys?: number; lua: string }>;

/** The scripts as ioredis commands: keys first, then arguments. */
export interface ScriptCalls {
  publishRevocations(...keysAndArguments: (string | number)[]): Promise<string>;
  probeRevocations(
    log: string,
    epoch: string,
    cursor: string,
    newEpoch: string,
  ): Promise<[server: string, epoch: string, newest: string, added: number, words: string[], places: string[]]>;
  acquireSharedToken(
    ...keysAndArguments: (string | number)[]
  ): Promise<
    ['kept', fence: string, expiresAt: string, value: string] | ['leased', fence: number] | ['held', leftMs: number]
  >;
  keepSharedToken(...keysAndArguments: (string | number)[]): Promise<0 | 1>;
  releaseSharedToken(lease: string, lastFence: string, fence: number): Promise<0 | 1>;
  /** Answers with bytes, as ioredis's commands of this ending do. */
  countCallsBuffer(numberOfKeys: number, ...keysAndQuestions: (string | Buffer)[]): Promise<Buffer>;
}
