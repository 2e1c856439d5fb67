import { once } from 'node:events';
import { createServer, request as sendOn } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import { sendAllFirst } from '../support/raw-http.js';
import { startTenant } from '../support/tenant-stub.js';
import { startUpstreamGateway } from '../support/upstream-gateway.js';

const UPLOAD = Buffer.alloc(8 * 1024 * 1024);
const CALLERS = 5;
const ANSWER = '{"result":false,"errorCode":"GSOBJ_1011"}';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const stub = stack.use(await startTenant());

/** A tenant that answers uploads before it has read them, its answer's length told or not; all else is the stub's. */
const tenant = createServer((request, response) => {
  const { method, url: path = '', headers } = request;
  if (path.startsWith('/v1/early/')) {
    response.writeHead(409, path.endsWith('/told') ? { 'content-length': ANSWER.length } : {});
    response.write(ANSWER);
    response.end();
    return;
  }
  const passed = sendOn(`${stub.url}${path}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  request.pipe(passed);
});
tenant.listen(0, '127.0.0.1');
await once(tenant, 'listening');
stack.defer(async () => {
  tenant.close();
  tenant.closeAllConnections();
  await once(tenant, 'close');
});
const { port } = tenant.address() as AddressInfo;
const gateway = stack.use(
  await startUpstreamGateway(parseTenantUrl(`http://127.0.0.1:${port}`, { allowLoopback: true })),
);
test.each(['told', 'untold'])(
  'what a tenant answers before it has read an upload reaches who sends all of it first, its length %s',
  async (how) => {
    const { authorization } = gateway.callers.superAdmin;
    const lines = [`POST /v1/early/${how} HTTP/1.1`, 'host: x', 'connection: close', `authorization: ${authorization}`];
    const head = `${[...lines, `content-length: ${UPLOAD.length}`].join('\r\n')}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), UPLOAD]);
    const answers = await Promise.all(Array.from({ length: CALLERS }, () => sendAllFirst(gateway.url, bytes)));
    expect(answers.map(({ status, text }) => [status, text.includes(ANSWER)])).toEqual(
      Array(CALLERS).fill([409, true]),
    );
  },
);
