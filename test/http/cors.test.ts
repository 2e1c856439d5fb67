import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { type Answer, authorizationOf, COMPATIBLE, METADATA, STANDARD, send } from '../support/rest.js';

const FRONTEND = 'https://app.example.com';
const OTHERS = [
  'https://evil.example.com',
  'http://app.example.com',
  'https://app.example.com.evil.example',
  'https://app.example.com:8443',
  'https://sub.app.example.com',
  'null',
];

/** Starts a gateway with what the settings of an environment come to. */
function startWith(env: Record<string, string>): Promise<TestGateway> {
  const { corsOrigins, sandbox } = readConfig(env);
  return startTestGateway({ config: { corsOrigins, sandbox } });
}

const production = await startWith({ NODE_ENV: 'production' });
const allowing = await startWith({
  NODE_ENV: 'production',
  LATCHKEY_CORS_ORIGINS: `${FRONTEND}, https://admin.example.com`,
});
const development = await startWith({});
afterAll(async () => {
  for (const gateway of [production, allowing, development]) await gateway[Symbol.asyncDispose]();
});

function corsHeaders({ headers }: Answer): string[] {
  return Array.from(headers.keys()).filter((name) => name.startsWith('access-control-'));
}

function preflight(gateway: TestGateway, path: string, origin: string, method = 'POST'): Promise<Answer> {
  const headers = {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'authorization,content-type',
  };
  return send(`${gateway.url}${path}`, { method: 'OPTIONS', headers });
}

function query(gateway: TestGateway, origin: string): Promise<Answer> {
  return send(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${gateway.bearer()}`, 'content-type': 'application/json' },
    body: '{"query":"{ viewer { id } }"}',
  });
}

describe('/graphql of an allow list', () => {
  test.each([FRONTEND, 'https://admin.example.com'])('lets the pages of %s ask and read', async (origin) => {
    const asked = await preflight(allowing, '/graphql', origin);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/\bauthorization\b/);
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/\bcontent-type\b/);
    const answered = await query(allowing, origin);
    expect(answered.status).toBe(200);
    expect(answered.headers.get('access-control-allow-origin')).toBe(origin);
    // What one origin was told must not be served to another from a cache.
    expect(answered.headers.get('vary')).toMatch(/\borigin\b/i);
    expect(answered.headers.get('access-control-expose-headers')).toMatch(/\bx-request-id\b/);
  });

  test('never lets pages use cookies', async () => {
    for (const answer of [await preflight(allowing, '/graphql', FRONTEND), await query(allowing, FRONTEND)]) {
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  test('tells the page also of a refusal', async () => {
    const answer = await send(`${allowing.url}/graphql`, {
      method: 'POST',
      headers: { origin: FRONTEND, authorization: 'Bearer x', 'content-type': 'application/json' },
      body: '{"query":"{ viewer { id } }"}',
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, FRONTEND]);
  });

  test.each(OTHERS)('tells the pages of %s nothing', async (origin) => {
    expect((await preflight(allowing, '/graphql', origin)).headers.get('access-control-allow-origin')).toBeNull();
    expect((await query(allowing, origin)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

test.each([FRONTEND, 'https://studio.apollographql.com', 'null'])(
  'production allows no origin by default: %s',
  async (origin) => {
    const asked = await preflight(production, '/graphql', origin);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    const answered = await query(production, origin);
    expect(answered.headers.get('access-control-allow-origin')).toBeNull();
  },
);

test('development allows the pages of Sandbox and no others', async () => {
  for (const origin of ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com']) {
    expect((await query(development, origin)).headers.get('access-control-allow-origin')).toBe(origin);
  }
  expect((await query(development, FRONTEND)).headers.get('access-control-allow-origin')).toBeNull();
});

describe('a path of REST never speaks of CORS, to an allowed origin neither', () => {
  test.each([
    ...Object.values(COMPATIBLE),
    ...Object.values(STANDARD),
    METADATA,
    '/livez',
    '/readyz',
    '/sign-in',
    '/not-there',
  ])('%s', async (path) => {
    const machine = await createMachine(allowing.client());
    const headers = { origin: FRONTEND, ...authorizationOf(machine) };
    const answers = [
      await preflight(allowing, path, FRONTEND),
      await preflight(allowing, path, FRONTEND, 'GET'),
      await send(`${allowing.url}${path}`, { method: 'POST', headers }),
      await send(`${allowing.url}${path}`, { headers }),
    ];
    expect(answers.flatMap(corsHeaders)).toEqual([]);
  });
});
