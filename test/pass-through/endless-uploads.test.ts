import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { spawnGateway } from '../support/gateway-process.js';
import { sendRaw } from '../support/raw-http.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { startTenant } from '../support/tenant-stub.js';
import { until } from '../support/until.js';
import { startSpentGateway } from '../support/upstream-gateway.js';

const MIB = 1024 * 1024;
/** The longest body that any route takes, and what the sockets' buffers hold besides. */
const CUT_WITHIN_BYTES = 10 * MIB + 30 * MIB;
const COMPANY = '/v1/data/objects/Company';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const tenant = stack.use(await startTenant());
const gateway = stack.use(await startSpentGateway(tenant.url));
const BEARER = `authorization: ${gateway.callers.token.authorization}\r\n`;

function openSocket() {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const connection = { socket, received: '' };
  socket.setEncoding('latin1').on('data', (text) => {
    connection.received += text;
  });
  socket.on('error', () => undefined);
  return connection;
}

test.each([
  ['kept', '', ['HTTP/1.1 429', 'HTTP/1.1 200']],
  ['closed', 'connection: close\r\n', ['HTTP/1.1 429']],
])(
  'who reads nothing before all is sent is given the 429, and the connection is %s',
  async (_what, header, statuses) => {
    const connection = openSocket();
    const { socket } = connection;
    socket.pause();
    const head = `POST ${COMPANY} HTTP/1.1\r\nhost: x\r\n${BEARER}${header}content-length: ${8 * MIB}\r\n\r\n`;
    await new Promise((resolve) => socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(8 * MIB)]), resolve));
    socket.resume();
    await until('the answer was there', () => connection.received.endsWith('}'));
    expect(connection.received).toContain('"errorCode":"LATCHKEY_RATE_LIMITED"');
    if (header === '') socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    if (!socket.closed) await once(socket, 'close');
    expect(connection.received.match(/HTTP\/1\.1 \d+/g)).toEqual(statuses);
  },
);

describe('who sends without an end is given the refusal and then cut off,', () => {
  test.each([
    ['by a limit', 429, COMPANY, BEARER],
    ['for the token', 401, COMPANY, 'authorization: Bearer x\r\n'],
    ['at a route of small bodies', 400, '/oauth2/token', ''],
    ['at GraphQL', 413, '/graphql', 'content-type: application/json\r\n'],
    ['at no route', 400, '/nothing', ''],
  ])('where it is refused %s', async (_what, status, path, headers) => {
    const connection = openSocket();
    const { socket } = connection;
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}transfer-encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);
    let sent = 0;
    while (!socket.destroyed && sent < CUT_WITHIN_BYTES) {
      if (socket.write(chunk)) await setImmediate();
      else await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
      sent += chunk.length;
    }
    socket.destroy();
    expect(connection.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\\}$`, 's'));
    expect(sent).toBeLessThan(CUT_WITHIN_BYTES);
  });
});

// Only Linux tells it in /proc.
test.runIf(process.platform === 'linux')('what is drained takes no memory', async () => {
  await using directory = await createTemporaryDirectory();
  await using alone = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
  const residentMb = async (when: string) => {
    const status = await readFile(`/proc/${alone.pid}/status`, 'utf8');
    return Number(new RegExp(`^${when}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  };
  const before = await residentMb('VmRSS');
  // A client that sends on whatever it is told.
  const headers = [['content-length', String(8 * MIB)]] as const;
  const upload = () => sendRaw(alone.url, { method: 'POST', target: '/nothing', headers, body: Buffer.alloc(8 * MIB) });
  const statuses: number[] = [];
  while (statuses.length < 40) {
    const answers = await Promise.all([upload(), upload(), upload(), upload()]);
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses).toEqual(Array(40).fill(400));
  // All bodies together are 320 MiB; what was read last waits for the collector.
  expect((await residentMb('VmHWM')) - before).toBeLessThan(160);
});
