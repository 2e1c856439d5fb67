import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleGateway, startConsoleGateway } from '../support/console.js';
import { freePort } from '../support/free-port.js';
import { type Answer, send } from '../support/rest.js';

/** How the console's files come, to a client that says exactly what it takes. */

const FIRST_LOAD_BYTES_MAX = 150_000;

let gateway: ConsoleGateway;
beforeAll(async () => {
  gateway = await startConsoleGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const get = (path: string, coding = 'identity'): Promise<Answer> =>
  send(`${gateway.url}${path}`, { headers: { 'accept-encoding': coding } });

async function filesOf(document: string): Promise<string[]> {
  return [...document.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
}

test('each page is the same document, which nobody keeps, and which may load nothing but the gateway’s own files', async () => {
  const texts = new Set<string>();
  for (const path of ['/', '/connections/new', '/connections/con_x', '/try-it', '/limits', '/audit']) {
    const { status, headers, text } = await get(path);
    texts.add(text);
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
    const policy = headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
  }
  expect(texts.size).toBe(1);
  expect([...texts][0]).not.toMatch(/<style|<script(?! type="module" crossorigin src="\.\/assets\/)| on\w+=/);
});

test('the first load is under 150 kB, and its files are kept for good', async () => {
  const { text } = await get('/');
  const paths = await filesOf(text);
  expect(paths.length).toBeGreaterThanOrEqual(3);
  let bytes = text.length;
  for (const path of paths) {
    const response = await fetch(`${gateway.url}${path}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    bytes += Number(response.headers.get('content-length'));
    await response.arrayBuffer();
  }
  expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
});

test.each([
  ['br, gzip', 'br'],
  ['gzip', 'gzip'],
  ['GZIP;q=0.5, br;q=0', 'gzip'],
  ['identity', null],
  ['gzip;q=0', null],
])('a client that takes %s gets %s, and what it unpacks is the file', async (coding, expected) => {
  const [script = ''] = (await filesOf((await get('/')).text)).filter((path) => path.endsWith('.js'));
  const answer = await get(script, coding);
  expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([expected, 'accept-encoding']);
  expect(answer.text).toBe((await get(script)).text);
});

test.each([
  '/assets/nothing.js',
  '/assets/..%2findex.html',
  '/assets/',
  '/index.html',
  '/connections',
  '/built',
  '/assets/x.br',
])('there is no file at %s', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('where a proxy shows the gateway under a path, the document says so', async () => {
  const port = await freePort();
  await using _ = await startConsoleGateway({
    PORT: String(port),
    LATCHKEY_PUBLIC_URL: 'https://api.example.com/latchkey',
  });
  const { text } = await send(`http://127.0.0.1:${port}/audit`);
  expect(text).toContain('<base href="/latchkey/">');
});
