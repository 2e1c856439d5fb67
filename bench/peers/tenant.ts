import { createServer, type RequestListener } from 'node:http';

/**
 * Tenants that take any credential: as many as TENANTS says, each at a port of its own, of which the last MISBEHAVING take
 * calls and never answer them. What a call costs here is no part of what is measured.
 */
const TENANTS = Number(process.env.TENANTS ?? 1);
const MISBEHAVING = Number(process.env.MISBEHAVING ?? 0);

const TOKEN = JSON.stringify({ access_token: 'tenant-token', token_type: 'Bearer', expires_in: 86_400 });
const COMPANY = JSON.stringify({
  result: true,
  errorCode: null,
  errorDesc: null,
  requestId: '00000000-0000-4000-8000-000000000000',
  data: [{ objectName: 'company', label: 'Company' }],
  message: null,
});
/** What is asked when a credential is linked: that is answered by all. */
const LINKING = ['/v1/users/m2m/oauth/token', '/v1/meta/services/objects/list?po=company&em=false'];

function listenerOf(index: number): RequestListener {
  const isMisbehaving = index >= TENANTS - MISBEHAVING;
  return (request, response) => {
    const path = request.url ?? '';
    request.resume();
    if (isMisbehaving && !LINKING.includes(path)) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(path === LINKING[0] ? TOKEN : COMPANY);
  };
}

const ports = await Promise.all(
  Array.from({ length: TENANTS }, (_, index) => {
    const server = createServer({ keepAliveTimeout: 60_000 }, listenerOf(index));
    return new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }),
);
console.log(`http://127.0.0.1:${ports[0]} ports ${ports.join(',')} end`);
