import { describe, expect, test } from 'vitest';
import type { Quota } from '../../src/domain/limits/quota.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, requestToken } from '../support/machine.js';
import { authorizationOf } from '../support/rest.js';
import { StartableClock } from '../support/test-clock.js';
import { callWithApollo } from './apollo.client.js';
import { callWithAxios } from './axios.client.js';
import type { Call } from './caller.js';
import { callWithCurl, callWithPython, isRunnable } from './command.client.js';
import { callWithGot } from './got.client.js';
import { callWithKy } from './ky.client.js';
import { openNotingDoor } from './noting-door.js';
import { callWithOpenai } from './openai.client.js';
import { callWithUndici } from './undici.client.js';

/** What of a minute has passed when the client calls: it is told to wait two seconds, and would pass after 1.1. */
const PASSED_MS = 58_900;
/** Timers of Node may be early by this. */
const TIMER_MS = 1;

/** A gateway whose one call is used up, and what its clients call it with. Its clock runs from its first refusal on. */
async function startUsedUp(quota: Partial<Quota>) {
  const clock = new StartableClock();
  const gateway = await startTestGateway({ clock, config: { limits: limitsOf(quota) } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  clock.advance(PASSED_MS);
  const door = await openNotingDoor(gateway.url, () => clock.start());
  return {
    caller: { url: door.url, token, ...authorizationOf(machine) },
    calls: door.calls,
    [Symbol.asyncDispose]: async () => {
      await door[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

interface Client {
  readonly name: string;
  readonly call: Call;
  readonly isHere?: boolean;
  /** What it reads of what it is told: whole seconds of Retry-After, or GraphQL's `retryAfterMs`. */
  readonly toldMs?: number;
}

const CLIENTS: readonly Client[] = [
  { name: 'ky', call: callWithKy },
  { name: 'got', call: callWithGot },
  { name: 'axios with axios-retry', call: callWithAxios },
  { name: 'undici', call: callWithUndici },
  { name: 'openai', call: callWithOpenai },
  { name: 'Apollo Client with RetryLink', call: callWithApollo(), toldMs: 1_100 },
  {
    name: 'Apollo Client with RetryLink, where it accepts JSON alone',
    call: callWithApollo({ accept: 'application/json' }),
    toldMs: 1_100,
  },
  { name: 'curl', call: callWithCurl, isHere: await isRunnable('curl', ['--version']) },
  {
    name: 'urllib3',
    call: callWithPython('urllib3_client.py'),
    isHere: await isRunnable('python3', ['-c', 'import urllib3']),
  },
  {
    name: 'requests',
    call: callWithPython('requests_client.py'),
    isHere: await isRunnable('python3', ['-c', 'import requests']),
  },
];

// Side by side, since most of the time is spent in waiting as told.
describe.concurrent.each(CLIENTS)('$name, set as docs/when-you-are-refused.md says', (client) => {
  const { call, isHere = true, toldMs = 2_000 } = client;
  test.skipIf(!isHere)('calls again no earlier than a minute’s limit told it, and passes', async () => {
    await using started = await startUsedUp({ perMinute: 1 });
    const { caller, calls } = started;
    expect(await call(caller)).toBe(200);
    expect(calls.map(({ retryAfterSeconds }) => retryAfterSeconds)).toEqual([2, undefined]);
    const [refused = Infinity, passed = 0] = calls.map(({ arrivedAtMs }) => arrivedAtMs);
    expect(passed - refused).toBeGreaterThanOrEqual(toldMs - TIMER_MS);
  });

  test.skipIf(!isHere)(
    'gives its caller the refusal of a day’s limit, and neither sleeps nor calls again',
    async () => {
      await using started = await startUsedUp({ perDay: 1 });
      const { caller, calls } = started;
      expect(await call(caller)).toBe(429);
      expect(calls.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds > 3_600)).toEqual([true]);
    },
  );
});
