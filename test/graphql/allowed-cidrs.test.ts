import { expect, test } from 'vitest';
import { ConnectionDocument, DeleteConnectionDocument, SetAllowedCidrsDocument } from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, expectFailure, introspect, post, postForm, STANDARD } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

/** Nobody of these tests calls from there. */
const ELSEWHERE = ['203.0.113.0/24', '2001:db8::/32'];

async function startWithMachine(clock = new TestClock()) {
  const gateway = await startTestGateway({ clock });
  const admin = gateway.client();
  const machine = await createMachine(admin);
  const id = machine.connectionId;
  const set = async (cidrs: string[]) => (await admin.run(SetAllowedCidrsDocument, { id, cidrs })).setAllowedCidrs;
  const kept = async () => (await admin.run(ConnectionDocument, { id })).connection?.allowedCidrs;
  return { gateway, admin, machine, id, clock, set, kept, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test('the list takes the place of the one before, in canonical form; doing it again changes nothing more', async () => {
  await using started = await startWithMachine();
  const { set, kept, clock } = started;
  clock.advance(1_000);
  const canonical = ['10.0.0.0/8', '203.0.113.7/32', '2001:db8::/32'];

  for (let times = 0; times < 2; times++) {
    expect(await set(['10.0.0.0/8', ' 203.0.113.7', '::ffff:10.0.0.0/104', '2001:DB8::/32'])).toMatchObject({
      __typename: 'ConnectionChanged',
      connection: { allowedCidrs: canonical, status: 'ACTIVE', updatedAt: '2026-01-01T00:00:01.000Z' },
    });
    expect(await kept()).toEqual(canonical);
  }
  expect(await set(canonical)).toMatchObject({ connection: { allowedCidrs: canonical } });
  expect(await set(['::1'])).toMatchObject({ connection: { allowedCidrs: ['::1/128'] } });
  expect(await set([])).toMatchObject({ connection: { allowedCidrs: [] } });
  expect(await kept()).toEqual([]);
});

test('a bad entry is refused by its place, too long a list as a whole, and the list is as it was', async () => {
  await using started = await startWithMachine();
  const { set, kept } = started;
  await set(['127.0.0.1']);
  const refusals: [cidrs: string[], path: string[], message: RegExp][] = [
    [['10.0.0.0/8', 'example.com'], ['cidrs', '1'], /^This is neither an address nor a CIDR\./],
    [[''], ['cidrs', '0'], /^This is neither an address nor a CIDR\./],
    [['10.1.2.3/8'], ['cidrs', '0'], /Write 10\.0\.0\.0\/8 for the network, or 10\.1\.2\.3\/32 for the address\.$/],
    [Array.from({ length: 51 }, (_, index) => `10.0.0.${index}`), ['cidrs'], /51 entries; 50 are allowed/],
  ];

  for (const [cidrs, path, message] of refusals) {
    expect(await set(cidrs)).toEqual({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      path,
      message: expect.stringMatching(message),
    });
  }
  expect(await kept()).toEqual(['127.0.0.1/32']);
});

test('a connection that is not there, or another organisation’s, is NOT_FOUND', async () => {
  await using started = await startWithMachine();
  const { gateway, admin, id, set, kept } = started;
  const foreign = gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` });
  const notFound = expect.objectContaining({ __typename: 'NotFound', code: 'NOT_FOUND', path: ['id'] });

  expect((await foreign.run(SetAllowedCidrsDocument, { id, cidrs: ELSEWHERE })).setAllowedCidrs).toEqual(notFound);
  expect(await kept()).toEqual([]);
  await admin.run(DeleteConnectionDocument, { id });
  expect(await set(ELSEWHERE)).toEqual(notFound);
});

/** How each path that takes a machine's own credential answers it. */
async function statusesOf({ url, client }: TestGateway, machine: MachineCredentials, token: string) {
  const headers = authorizationOf(machine);
  const answers = {
    'compatible token': await post(`${url}${COMPATIBLE.token}`, headers),
    'compatible introspect': await introspect(url, machine, { access_token: token }),
    'standard token': await postForm(`${url}${STANDARD.token}`, { grant_type: 'client_credentials' }, headers),
    'standard introspect': await postForm(`${url}${STANDARD.introspect}`, { token }, headers),
    'standard introspect by a bearer': await postForm(
      `${url}${STANDARD.introspect}`,
      { token },
      { authorization: `Bearer ${token}` },
    ),
    'standard revoke': await postForm(`${url}${STANDARD.revoke}`, { token: 'another' }, headers),
    authorize: await post(`${url}/v1/authorize/x`, { authorization: `Bearer ${token}` }),
    graphql: await client({ authorization: `Bearer ${token}` }).send('{ viewer { id } }'),
  };
  return Object.fromEntries(Object.entries(answers).map(([path, { status }]) => [path, status]));
}

test('from outside the list a machine is refused at every path, also where its requests were answered before', async () => {
  await using started = await startWithMachine();
  const { gateway, machine, set } = started;
  const token = await requestToken(gateway.url, machine);
  const paths = await statusesOf(gateway, machine, token);
  const all = (status: number) => Object.fromEntries(Object.keys(paths).map((path) => [path, status]));
  expect(paths).toEqual(all(200));

  await set(ELSEWHERE);
  expect(await statusesOf(gateway, machine, token)).toEqual(all(403));
  await set([...ELSEWHERE, '127.0.0.0/8']);
  for (let times = 0; times < 2; times++) expect(await statusesOf(gateway, machine, token)).toEqual(all(200));
  await set(ELSEWHERE);
  expect(await statusesOf(gateway, machine, token)).toEqual(all(403));
  await set([]);
  expect(await statusesOf(gateway, machine, token)).toEqual(all(200));
});

test('of a list nobody learns who has not proven a machine; its admins are served from anywhere', async () => {
  await using started = await startWithMachine();
  const { gateway, machine, set, kept } = started;
  await set(ELSEWHERE);
  const wrong = authorizationOf({ ...machine, secret: 'wrong' });

  expectFailure(await post(`${gateway.url}${COMPATIBLE.token}`, wrong), 401, 'unauthorized');
  expectFailure(await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine)), 403, 'forbidden');
  expect(await kept()).toEqual(ELSEWHERE);
});

test('an access key from outside the list is refused over GraphQL, in GraphQL’s words', async () => {
  await using started = await startWithMachine();
  const { gateway, admin } = started;
  const key = await createMachine(admin, 'ACCESS_KEY');
  await admin.run(SetAllowedCidrsDocument, { id: key.connectionId, cidrs: ELSEWHERE });

  const answer = await gateway.client({ accesskey: key.secret }).send('{ viewer { id } }');

  expect([answer.status, answer.data]).toEqual([403, undefined]);
  expect(answer.errors).toEqual([
    { message: 'The connection may not be used from this address.', extensions: { code: 'FORBIDDEN' } },
  ]);
});
