import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, isIP } from 'node:net';
import { expect, test } from 'vitest';
import { guardLookup, type Resolve, refuseForbiddenHost } from '../../../src/outbound/guarded.lookup.js';
import { FORBIDDEN_ADDRESSES, LOOPBACK_ADDRESSES } from '../../support/tenant-addresses.js';

const PUBLIC_ADDRESS = '8.8.8.8';

/** A resolver that gives each of these answers once, in order, and then the last one. */
function resolver(...answers: readonly (readonly string[])[]): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve = async (hostname: string): Promise<LookupAddress[]> => {
    asked.push(hostname);
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: isIP(address) }));
  };
  return Object.assign(resolve, { asked });
}

/** What a socket is told. */
function lookUp(resolve: Resolve, options: { all?: boolean; family?: number } = {}): Promise<unknown> {
  return new Promise((settle, reject) => {
    guardLookup(resolve, ['PUBLIC'])('tenant.example', options, (error, address, family) => {
      if (error) reject(error);
      else settle(options.all ? address : [address, family]);
    });
  });
}

test('a name of which every address is public is looked up as the socket asks for it', async () => {
  const resolve = resolver(['2606:4700::1', PUBLIC_ADDRESS]);
  expect(await lookUp(resolve)).toEqual(['2606:4700::1', 6]);
  expect(await lookUp(resolve, { family: 4 })).toEqual([PUBLIC_ADDRESS, 4]);
  expect(await lookUp(resolve, { all: true })).toEqual([
    { address: '2606:4700::1', family: 6 },
    { address: PUBLIC_ADDRESS, family: 4 },
  ]);
});

test.each([...FORBIDDEN_ADDRESSES, ...LOOPBACK_ADDRESSES])(
  'a name with the address %s among good ones is refused',
  async (address) => {
    await expect(lookUp(resolver([address]), { all: true })).rejects.toThrow('may not be connected to');
    await expect(lookUp(resolver([PUBLIC_ADDRESS, address]), { all: true })).rejects.toThrow('may not be connected to');
    await expect(lookUp(resolver([PUBLIC_ADDRESS, address]), { family: 4 })).rejects.toThrow('may not be connected to');
  },
);

test('a name without addresses, or with none of the family that is wanted, is not found', async () => {
  await expect(lookUp(resolver([]))).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(lookUp(resolver([PUBLIC_ADDRESS]), { family: 6 })).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('what goes wrong in resolving goes on to the socket', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('try again'), { code: 'EAI_AGAIN' }));
  await expect(lookUp(resolve)).rejects.toMatchObject({ code: 'EAI_AGAIN' });
});

test('a resolver that answers well once and with this machine then leads no connection here', async () => {
  await using stack = new AsyncDisposableStack();
  let connections = 0;
  const server = createServer(() => connections++);
  stack.defer(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const resolve = resolver([PUBLIC_ADDRESS], ['127.0.0.1']);
  const lookup = guardLookup(resolve, ['PUBLIC']);
  const failureOfConnecting = async (): Promise<unknown> => {
    // From 127.0.0.1 the system sends nothing to another machine: it refuses, and says for which address.
    const socket = connect({ host: 'tenant.example', port, lookup, localAddress: '127.0.0.1' });
    return (await once(socket, 'error'))[0];
  };
  // The address that was judged is the one that is used: the second answer was not asked for.
  expect(await failureOfConnecting()).toMatchObject({ syscall: 'connect', address: PUBLIC_ADDRESS });
  expect(resolve.asked).toHaveLength(1);
  // The next connection is judged anew.
  expect(await failureOfConnecting()).toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  expect(resolve.asked).toHaveLength(2);
  expect(connections).toBe(0);
});

test('a host that is an address, for which sockets look nothing up, is judged as well', () => {
  expect(() => refuseForbiddenHost('10.0.0.1', ['PUBLIC'])).toThrow('may not be connected to');
  expect(() => refuseForbiddenHost('::1', ['PUBLIC'])).toThrow('may not be connected to');
  expect(() => refuseForbiddenHost(PUBLIC_ADDRESS, ['PUBLIC'])).not.toThrow();
  expect(() => refuseForbiddenHost('tenant.example', ['PUBLIC'])).not.toThrow();
});
