import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { SESSION_IDLE_MS } from '../../src/domain/sign-in/session.js';
import { SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { RenameConnectionDocument } from '../generated/graphql.js';
import { type EventStream, openEventStream } from '../support/event-stream.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { post } from '../support/rest.js';
import { type SessionHeaders, sessionOf } from '../support/session.js';
import { StoppedClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const AGE_MS_MAX = 15 * MINUTE_MS;
/** The life of a test gateway's bearer. */
const BEARER_MS = 60 * MINUTE_MS;
/** Heartbeats that a test can wait for; and none, so that only an event can end a stream. */
const OFTEN = { beatMs: 10, ageMsMax: AGE_MS_MAX };
const OFTEN_FOR_A_DAY = { beatMs: 10, ageMsMax: 24 * 60 * MINUTE_MS };
const NEVER = { beatMs: 2 ** 31 - 1, ageMsMax: AGE_MS_MAX };

const started: TestGateway[] = [];
afterAll(async () => {
  for (const gateway of started) await gateway[Symbol.asyncDispose]();
});

async function start(streamTimes: NonNullable<TestGatewayOptions['streamTimes']>) {
  const clock = new StoppedClock();
  const gateway = await startTestGateway({ clock, streamTimes });
  started.push(gateway);
  return { clock, gateway, headers: { authorization: `Bearer ${gateway.bearer()}` } };
}

async function signIn(gateway: TestGateway, clock: StoppedClock): Promise<SessionHeaders> {
  const link = new SignInLinks(gateway.keyRing, clock).create(gateway.url, 'default', {
    subject: 'ada',
    role: 'ADMIN',
  });
  return sessionOf(await post(link.reveal()), gateway.url);
}

async function nextBeat(stream: EventStream): Promise<void> {
  const before = stream.beats;
  await until('another heartbeat comes', () => stream.beats > before + 1);
}

async function expectTold(stream: EventStream, code: string): Promise<void> {
  expect(await stream.ended).toBe('complete');
  const { data, errors } = await stream.next();
  expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([null, [code]]);
}

describe('a client that may no longer listen is told so, and that this is the end,', () => {
  test('at the next heartbeat after its bearer has expired', async () => {
    const { clock, gateway, headers } = await start(OFTEN_FOR_A_DAY);
    await using stream = await openEventStream(gateway.url, { headers });
    clock.advance(BEARER_MS - 1);
    await nextBeat(stream);
    clock.advance(1);

    await expectTold(stream, 'UNAUTHENTICATED');
  });

  test('at the next heartbeat after its session was signed out', async () => {
    const { clock, gateway } = await start(OFTEN);
    const session = await signIn(gateway, clock);
    await using stream = await openEventStream(gateway.url, { headers: session });
    await nextBeat(stream);
    expect((await post(`${gateway.url}/sign-out`, session)).status).toBe(204);

    await expectTold(stream, 'UNAUTHENTICATED');
  });

  test('in place of an event that comes before the heartbeat', async () => {
    const { clock, gateway } = await start(NEVER);
    const session = await signIn(gateway, clock);
    await using stream = await openEventStream(gateway.url, { headers: session });
    await post(`${gateway.url}/sign-out`, session);
    await createMachine(gateway.client(), 'OAUTH', 'made after the sign-out');

    await expectTold(stream, 'UNAUTHENTICATED');
    expect(stream.text).not.toContain('made after the sign-out');
  });
});

test('a client that has stopped reading is told of its end once, however many heartbeats come meanwhile', async () => {
  const { clock, gateway, headers } = await start(OFTEN_FOR_A_DAY);
  const { connectionId: id } = await createMachine(gateway.client(), 'OAUTH', 'n'.repeat(100));
  const aliases = Array.from({ length: 100 }, (_, index) => `a${index}${'a'.repeat(300)}: name`).join(' ');
  const body = { query: `subscription { connectionChanged { connection { ${aliases} } } }` };
  await using stream = await openEventStream(gateway.url, { headers, body });
  expect(stream.status).toBe(200);
  stream.pause();
  const client = gateway.client();
  // More than the sockets of both sides hold.
  for (let change = 0; change < 400; change++) {
    await client.run(RenameConnectionDocument, { id, name: `${change}${'n'.repeat(90)}` });
  }
  clock.advance(BEARER_MS);
  await using witness = await openEventStream(gateway.url, {
    headers: { authorization: `Bearer ${gateway.bearer()}` },
  });
  await nextBeat(witness);
  await nextBeat(witness);
  stream.resume();

  expect(await stream.ended).toBe('complete');
  expect(stream.text.match(/UNAUTHENTICATED/g)).toHaveLength(1);
  expect(stream.text.match(/event: next/g)?.length).toBeLessThan(400);
});

test.runIf(process.platform === 'linux')(
  'TCP asks within five seconds whether the client of a silent stream is still there',
  async () => {
    const { gateway, headers } = await start(NEVER);
    await using stream = await openEventStream(gateway.url, { headers });
    expect(stream.status).toBe(200);
    const port = Number(new URL(gateway.url).port).toString(16).toUpperCase().padStart(4, '0');
    // Established, with the timer of keep-alive, which runs in hundredths of a second (proc(5)).
    const waiting = new RegExp(`^ *\\d+: \\w+:${port} \\w+:\\w+ 01 \\S+ 02:([0-9A-F]{8})`, 'm');
    const timer = () => waiting.exec(readFileSync('/proc/net/tcp', 'utf8'))?.[1];
    await until('the timer runs', () => timer() !== undefined);

    expect(Number.parseInt(timer() ?? 'ffffffff', 16)).toBeLessThanOrEqual(500);
  },
);

test('an open stream does not keep a session alive that nobody uses', async () => {
  const { clock, gateway } = await start(OFTEN_FOR_A_DAY);
  await using stream = await openEventStream(gateway.url, { headers: await signIn(gateway, clock) });
  clock.advance(SESSION_IDLE_MS - 1);
  await nextBeat(stream);
  await createMachine(gateway.client());
  expect((await stream.next()).data?.connectionChanged).not.toBeNull();
  clock.advance(MINUTE_MS);

  await expect(stream.ended).resolves.toBe('complete');
});

describe('a stream is cut, so that its client comes back,', () => {
  test('at the age of fifteen minutes', async () => {
    const { clock, gateway, headers } = await start(OFTEN);
    await using stream = await openEventStream(gateway.url, { headers });
    clock.advance(AGE_MS_MAX - 1);
    await nextBeat(stream);
    clock.advance(1);

    expect(await stream.ended).toBe('cut');
  });

  test('when the gateway stops, which does not wait for it', async () => {
    const { gateway, headers } = await start(NEVER);
    await using stream = await openEventStream(gateway.url, { headers });
    // What is still open after some seconds is closed anyway: that time must not come.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const stopped = gateway.app.stop();
      expect(await stream.ended).toBe('cut');
      await stopped;
    } finally {
      vi.useRealTimers();
    }
  });
});
