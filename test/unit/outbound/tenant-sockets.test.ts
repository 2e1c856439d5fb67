import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { tenantSockets } from '../../../src/outbound/tenant-sockets.js';
import { parseTenantUrl } from '../../../src/outbound/tenant-url.js';
import { FORBIDDEN_ADDRESSES } from '../../support/tenant-addresses.js';

const PUBLIC_ADDRESS = '8.8.8.8';
const TENANT = parseTenantUrl('https://acme.example', { allowLoopback: false });

/** The address that a socket for `hostname` is given where the resolver answers these, one after the other. */
function lookUpWith(...answers: readonly string[]) {
  let asked = 0;
  const { connect } = tenantSockets([TENANT], {
    allowLoopback: false,
    resolve: async () => {
      const address = answers[Math.min(asked++, answers.length - 1)] ?? '';
      return [{ address, family: isIP(address) }];
    },
  });
  return (hostname: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      connect.lookup(hostname, {}, (error, address) => (error ? reject(error) : resolve(address)));
    });
}

test('the tenant’s name leads to its public address', async () => {
  expect(await lookUpWith(PUBLIC_ADDRESS)('acme.example')).toBe(PUBLIC_ADDRESS);
});

test.each(FORBIDDEN_ADDRESSES.map((address) => [address]))('the tenant’s name never leads to %s', async (address) => {
  await expect(lookUpWith(address)('acme.example')).rejects.toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
});

test('an address that comes with the second answer of a resolver that rebinds is refused as well', async () => {
  const lookUp = lookUpWith(PUBLIC_ADDRESS, '169.254.169.254');
  expect(await lookUp('acme.example')).toBe(PUBLIC_ADDRESS);
  await expect(lookUp('acme.example')).rejects.toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
});

test('no other name is looked up', async () => {
  for (const name of ['evil.example', 'acme.example.evil.example', 'localhost', '']) {
    await expect(lookUpWith(PUBLIC_ADDRESS)(name)).rejects.toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  }
});

test('certificates are checked: what passes calls through would believe any', () => {
  expect(tenantSockets([TENANT], { allowLoopback: false }).connect.rejectUnauthorized).toBe(true);
});
