import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import { makeCertificate } from '../support/certificate.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { CLIENT, SECRET } from '../support/tenant-questions.js';
import { startTenant } from '../support/tenant-stub.js';

const ORIGINALLY_TRUSTED = getCACertificates('default');

let disposal: AsyncDisposableStack;
let tls: { key: string; cert: string };
let client: TenantClient;

beforeEach(async () => {
  disposal = new AsyncDisposableStack();
  const { path } = disposal.use(await createTemporaryDirectory());
  const { key, certificate } = await makeCertificate(path, 'DNS:acme.localhost');
  tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') };
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve });
  disposal.defer(() => client.close());
});

afterEach(async () => {
  setDefaultCACertificates(ORIGINALLY_TRUSTED);
  await disposal.disposeAsync();
});

function tenantAt(host: string, port: number) {
  return parseTenantUrl(`https://${host}:${port}`, { allowLoopback: true });
}

test('a tenant whose certificate names it is asked', async () => {
  setDefaultCACertificates([...ORIGINALLY_TRUSTED, tls.cert]);
  const { port } = disposal.use(await startTenant({ tls }));
  expect((await client.requestToken(tenantAt('acme.localhost', port), CLIENT, SECRET)).outcome).toBe('ISSUED');
});

test('a tenant whose certificate names another host is told nothing', async () => {
  setDefaultCACertificates([...ORIGINALLY_TRUSTED, tls.cert]);
  const tenant = disposal.use(await startTenant({ tls }));
  expect(await client.requestToken(tenantAt('other.localhost', tenant.port), CLIENT, SECRET)).toEqual({
    outcome: 'UNAVAILABLE',
    reason: 'UNREACHABLE',
    detail: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(tenant.requests).toEqual([]);
});

test('a tenant whose certificate nobody vouches for is told nothing', async () => {
  const tenant = disposal.use(await startTenant({ tls }));
  expect(await client.requestToken(tenantAt('acme.localhost', tenant.port), CLIENT, SECRET)).toEqual({
    outcome: 'UNAVAILABLE',
    reason: 'UNREACHABLE',
    detail: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  expect(tenant.requests).toEqual([]);
});

test('a tenant is named to the server that holds several (SNI), though the connection goes to an address', async () => {
  setDefaultCACertificates([...ORIGINALLY_TRUSTED, tls.cert]);
  const names: unknown[] = [];
  const server = createServer(tls, (socket: TLSSocket) => {
    names.push(socket.servername);
    socket.end('HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  disposal.defer(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await client.requestToken(tenantAt('acme.localhost', port), CLIENT, SECRET);
  expect(names).toEqual(['acme.localhost']);
});
