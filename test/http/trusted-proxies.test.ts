import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { generateSecret } from '../../src/lib/secrets.js';
import { networkOf } from '../../src/transports/http/network.js';
import { SetAllowedCidrsDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import { authorizationOf, COMPATIBLE, post } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const TRUSTED = { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,2001:DB8:ffff::/48' };

/** A gateway with a machine that may call from one network alone, asked from 127.0.0.1. */
async function startWithAllowList(env: Record<string, string>, ...cidrs: string[]) {
  const { trustedProxies } = readConfig(env);
  const gateway = await startTestGateway({ config: { trustedProxies } });
  const admin = gateway.client();
  const machine = await createMachine(admin);
  await admin.run(SetAllowedCidrsDocument, { id: machine.connectionId, cidrs });
  const statusWith = async (...forwarded: string[]) => {
    const answer = await sendRaw(gateway.url, {
      method: 'POST',
      target: COMPATIBLE.token,
      headers: [
        ...Object.entries(authorizationOf(machine)),
        ['content-length', '0'],
        ...forwarded.map((value) => ['x-forwarded-for', value] as const),
      ],
    });
    return answer.status;
  };
  return { statusWith, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test('none is trusted by default: whatever is forwarded, the caller is who is connected', async () => {
  expect(readConfig({}).trustedProxies).toEqual([]);
  await using outside = await startWithAllowList({}, '203.0.113.0/24');
  for (const forwarded of ['203.0.113.7', '203.0.113.7, 127.0.0.1', '203.0.113.7, 203.0.113.8']) {
    expect(await outside.statusWith(forwarded)).toBe(403);
  }
  await using inside = await startWithAllowList({}, '127.0.0.0/8');
  expect(await inside.statusWith('198.51.100.1')).toBe(200);
});

test('a proxy that is not named is not believed', async () => {
  await using started = await startWithAllowList({ LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8' }, '203.0.113.0/24');
  expect(await started.statusWith('203.0.113.7')).toBe(403);
  expect(await started.statusWith('203.0.113.7, 10.0.0.1')).toBe(403);
});

describe('behind trusted proxies the caller is the first address from the right that is none of them', () => {
  test.each<[forwarded: readonly string[], status: number]>([
    [['203.0.113.7'], 200],
    [['203.0.113.7, 10.1.2.3'], 200],
    [['203.0.113.7,10.1.2.3,127.0.0.1, 2001:db8:ffff::1'], 200],
    [['203.0.113.7', '10.1.2.3'], 200],
    [['::ffff:203.0.113.7, ::ffff:10.1.2.3'], 200],
    [['nonsense, 203.0.113.7'], 200],
    // What stands before it is the caller's own word.
    [['203.0.113.7, 198.51.100.1'], 403],
    [['203.0.113.7, 198.51.100.1, 10.1.2.3'], 403],
    [['203.0.113.7', '198.51.100.1'], 403],
    [['203.0.113.7, 2001:db8:fffe::1'], 403],
    // No address is in no list.
    [['203.0.113.7, unknown'], 403],
    [['203.0.113.7, 203.0.113.7:1234'], 403],
    [['unknown'], 403],
    // Nobody forwarded anything: the proxy itself calls.
    [[], 403],
    [[''], 403],
    [['10.1.2.3'], 403],
  ])('%j: %d', async (forwarded, status) => {
    await using started = await startWithAllowList(TRUSTED, '203.0.113.0/24');
    expect(await started.statusWith(...forwarded)).toBe(status);
  });

  test('also where every address is to be trusted', async () => {
    await using started = await startWithAllowList({ LATCHKEY_TRUSTED_PROXIES: '0.0.0.0/0,::/0' }, '203.0.113.0/24');
    expect(await started.statusWith('203.0.113.7, 198.51.100.1, 10.1.2.3')).toBe(200);
  });
});

test('refused credentials are counted against the caller that a trusted proxy names, each network by itself', async () => {
  const { trustedProxies } = readConfig(TRUSTED);
  await using gateway = await startTestGateway({
    clock: new TestClock(),
    config: { trustedProxies, limits: limitsOf() },
  });
  const failFrom = async (address: string) => {
    const headers = { accesskey: generateSecret('accessKey').reveal(), 'x-forwarded-for': address };
    return (await post(`${gateway.url}/v1/authorize/x`, headers)).status;
  };
  for (let times = 0; times < 100; times++) expect(await failFrom('203.0.113.7')).toBe(401);
  expect(await failFrom('203.0.113.7')).toBe(429);
  expect(await failFrom('::ffff:203.0.113.7')).toBe(429);
  expect(await failFrom('203.0.113.8')).toBe(401);
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['203.0.113.7:80', 'unknown'],
  ['x'.repeat(10_000), 'unknown'],
])('what stands for %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('a caller who has hung up, and has no address any more, is of no known network', () => {
  expect(networkOf(undefined)).toBe(networkOf('no address'));
});
