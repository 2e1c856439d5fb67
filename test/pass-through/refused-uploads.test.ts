import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { startHaproxy } from '../support/haproxy.js';
import { startNginx } from '../support/nginx.js';
import { COMPATIBLE, STANDARD, send } from '../support/rest.js';
import { isInstalled, SAMPLE_PROXIES, startSampleProxy } from '../support/sample-proxies.js';
import { startTenant } from '../support/tenant-stub.js';
import { startSpentGateway } from '../support/upstream-gateway.js';

const AT_ONCE = 5;
const UPLOAD = randomBytes(8 * 1024 * 1024);
/** A check that this busy process answers late would have HAProxy answer in its stead. */
const NEVER_MS = 3_600_000;
const COMPANY = '/v1/data/objects/Company';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const tenant = stack.use(await startTenant());
const gateway = stack.use(await startSpentGateway(tenant.url));
const { host } = new URL(gateway.url);
const haproxy = stack.use(await startHaproxy([Number(new URL(gateway.url).port)], { checkEveryMs: NEVER_MS }));
const nginx = stack.use(
  await startNginx(
    (port) => `
upstream gateway {
  server ${host};
  keepalive 8;
}
server {
  listen 127.0.0.1:${port};
  client_max_body_size 64m;
  # As nginx does where nothing else is said: the body first, by HTTP/1.0, on a connection for each request.
  location / {
    proxy_pass http://${host};
  }
  location /unbuffered/ {
    proxy_request_buffering off;
    proxy_pass http://${host}/;
  }
  location /kept/ {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_request_buffering off;
    proxy_pass http://gateway/;
  }
}`,
  ),
);

const port = Number(new URL(gateway.url).port);
const samples: [way: string, url: string, callers: number][] = [];
for (const name of SAMPLE_PROXIES.filter(isInstalled)) {
  const sample = stack.use(await startSampleProxy(name, [port, port]));
  samples.push([`through ${name} as docs/proxies has it`, sample.url, 5]);
}

const WAYS = [
  ['directly', gateway.url, 20],
  ['through nginx', nginx.url, 20],
  ['through nginx that passes bodies as they come', `${nginx.url}/unbuffered`, 5],
  ['through nginx that keeps its connections', `${nginx.url}/kept`, 5],
  ['through HAProxy', haproxy.url, 20],
  ...samples,
] as const;

interface Upload {
  readonly callers: number;
  readonly request: RequestInit;
  readonly words: string;
}

/** How each caller, of whom five call at once, is answered: with `words` and whole, or why not at all. */
async function uploads(url: string, { callers, request, words }: Upload): Promise<unknown[]> {
  const upload = async () => {
    const { status, text, headers } = await send(url, { method: 'POST', ...request });
    return [status, text.includes(words), headers.has('retry-after')];
  };
  // fetch itself says only that it failed.
  const orCause = (error: Error) => `${error.message}: ${error.cause}`;
  const answers: unknown[] = [];
  while (answers.length < callers) {
    answers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => upload().catch(orCause)))));
  }
  return answers;
}

describe.each(WAYS)('%s each of those who upload at once is given', (_way, url, callers) => {
  test('the 429 of a limit, whole', async () => {
    const request = { headers: gateway.callers.token, body: UPLOAD };
    const words = '"errorCode":"LATCHKEY_RATE_LIMITED"';
    const answers = await uploads(`${url}${COMPANY}`, { callers, request, words });
    expect(answers).toEqual(Array(callers).fill([429, true, true]));
  });

  test('the 401 of a token that nobody knows, whole', async () => {
    const request = { headers: { authorization: 'Bearer x' }, body: UPLOAD };
    const words = '"errorCode":"LATCHKEY_INVALID_TOKEN"';
    const answers = await uploads(`${url}${COMPANY}`, { callers: AT_ONCE, request, words });
    expect(answers).toEqual(Array(AT_ONCE).fill([401, true, false]));
  });

  test.each([
    ['the compatible token endpoint', COMPATIBLE.token, 400, '"error":"invalid_request"'],
    ['the standard introspection', STANDARD.introspect, 400, '"error":"invalid_request"'],
    ['GraphQL', '/graphql', 413, '"code":"BAD_USER_INPUT"'],
    ['a path that is none', '/nothing', 400, '"error":"invalid_request"'],
  ])('the refusal of a body that is much too long by %s', async (_what, path, status, words) => {
    const request = { headers: { 'content-type': 'application/json' }, body: UPLOAD.subarray(0, 1024 * 1024) };
    const answers = await uploads(`${url}${path}`, { callers: AT_ONCE, request, words });
    expect(answers).toEqual(Array(AT_ONCE).fill([status, true, false]));
  });
});
