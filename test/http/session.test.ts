import { afterAll, describe, expect, test } from 'vitest';
import { SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { AuditEventsDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine } from '../support/machine.js';
import { type Answer, jsonOf, post, send } from '../support/rest.js';
import { type SessionHeaders, sessionOf } from '../support/session.js';
import { TestClock } from '../support/test-clock.js';

/** How many refused credentials a network has in a minute. */
const FAILURES_OF_ADDRESS = 100;
const clock = new TestClock();
const gateway = await startTestGateway({ clock });
afterAll(() => gateway[Symbol.asyncDispose]());

async function signIn(subject = 'ada', role: 'SUPER_ADMIN' | 'ADMIN' = 'SUPER_ADMIN'): Promise<SessionHeaders> {
  const link = new SignInLinks(gateway.keyRing, clock).create(gateway.url, 'default', { subject, role }).reveal();
  return sessionOf(await post(link), gateway.url);
}

function ask(headers: Record<string, string>, query = '{ viewer { id } }'): Promise<Answer> {
  return post(`${gateway.url}/graphql`, { 'content-type': 'application/json', ...headers }, JSON.stringify({ query }));
}

/** The viewer's id, or the code of the refusal. */
function outcomeOf(answer: Answer): unknown {
  const { data, errors } = jsonOf(answer) as {
    data?: { viewer: { id: string } };
    errors?: { extensions: { code: string } }[];
  };
  return errors?.[0]?.extensions.code ?? data?.viewer.id;
}

describe('the session’s cookie is taken', () => {
  test('from the gateway’s own page', async () => {
    expect(outcomeOf(await ask(await signIn()))).toBe('ada');
  });

  test('among other cookies', async () => {
    const { cookie, origin } = await signIn();
    expect(outcomeOf(await ask({ cookie: `a=b; ${cookie}; latchkey-session-x=1`, origin }))).toBe('ada');
  });

  test.each([
    ['another origin', 'https://evil.example'],
    ['another port', 'http://127.0.0.1:1'],
    ['another name of this host', 'http://localhost'],
    ['an opaque origin', 'null'],
    ['what is no origin', 'x'],
    ['an origin that begins like ours', `${gateway.url}.evil.example`],
    ['what only looks like an origin of this host', gateway.url.replace('http:', 'javascript:')],
    ['an origin with a user in it', gateway.url.replace('//', '//ada@')],
  ])('from no page of %s', async (_what, origin) => {
    const { cookie } = await signIn();
    const answer = await ask({ cookie, origin });
    expect([answer.status, outcomeOf(answer)]).toEqual([403, 'FORBIDDEN']);
    expect(answer.text).toContain('LATCHKEY_PUBLIC_URL');
  });

  test('from nobody who names no origin, as no browser’s POST does', async () => {
    const { cookie } = await signIn();
    expect(outcomeOf(await ask({ cookie }))).toBe('FORBIDDEN');
  });

  test('by no GET', async () => {
    const answer = await send(`${gateway.url}/graphql?query={viewer{id}}`, { headers: await signIn() });
    expect([answer.status, outcomeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('by no path besides GraphQL and sign-out', async () => {
    const headers = await signIn();
    const decided = await send(`${gateway.url}/v1/authorize`, {
      headers: { ...headers, 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/v1/x' },
    });
    expect(decided.status).toBe(401);
  });
});

test('a credential in a header comes before the cookie, which a browser sends by itself', async () => {
  const headers = await signIn();
  const { secret: accesskey, connectionId } = await createMachine(gateway.client(), 'ACCESS_KEY');
  expect(outcomeOf(await ask({ ...headers, accesskey }))).toBe(connectionId);
  expect(outcomeOf(await ask({ ...headers, authorization: `Bearer ${gateway.bearer()}` }))).toBe('tester');
  expect(outcomeOf(await ask({ ...headers, authorization: 'Bearer wrong' }))).toBe('UNAUTHENTICATED');
});

test('a session that has ended says so, and costs its user’s network none of its failures', async () => {
  await using limited = await startTestGateway({ clock, config: { limits: limitsOf() } });
  const link = new SignInLinks(limited.keyRing, clock).create(limited.url, 'default').reveal();
  const headers = sessionOf(await post(link), limited.url);
  clock.advance(30 * 60_000);
  for (let time = 0; time <= FAILURES_OF_ADDRESS; time++) {
    const { status, errors } = await limited.client(headers).send('{ viewer { id } }');
    expect([status, errors?.[0]?.extensions.code, errors?.[0]?.message]).toEqual([
      401,
      'UNAUTHENTICATED',
      'The session has ended: sign in again with a new link.',
    ]);
  }
});

test('an admin’s session reads and changes nothing', async () => {
  const headers = await signIn('grace', 'ADMIN');
  expect(outcomeOf(await ask(headers, '{ viewer { id } connections { id } }'))).toBe('grace');
  expect(outcomeOf(await ask(headers, 'mutation { revokeTokens(connectionId: "x") { __typename } }'))).toBe(
    'FORBIDDEN',
  );
});

describe('a sign-out', () => {
  test('ends the session, takes the cookie back, and is in the audit log', async () => {
    const headers = await signIn('rosa');
    const answer = await post(`${gateway.url}/sign-out`, headers);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([
      204,
      ['latchkey-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict'],
    ]);
    expect(outcomeOf(await ask(headers))).toBe('UNAUTHENTICATED');
    const { auditEvents } = await gateway.client().run(AuditEventsDocument, { first: 1 });
    expect(auditEvents.edges[0]?.node).toMatchObject({ action: 'user.signed_out', actor: 'user:rosa' });
  });

  test('everywhere ends the user’s other sessions too', async () => {
    const [here, there] = [await signIn('lin'), await signIn('lin')];
    expect((await post(`${gateway.url}/sign-out/everywhere`, here)).status).toBe(204);
    expect([outcomeOf(await ask(here)), outcomeOf(await ask(there))]).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED']);
  });

  test('needs no session', async () => {
    expect((await post(`${gateway.url}/sign-out`)).status).toBe(204);
    const ended = await signIn();
    await post(`${gateway.url}/sign-out`, ended);
    expect((await post(`${gateway.url}/sign-out`, ended)).status).toBe(204);
  });

  test('everywhere says so where no session tells whose the others are, and takes the cookie back', async () => {
    const [ended, living] = [await signIn('kim'), await signIn('kim')];
    await post(`${gateway.url}/sign-out`, ended);
    for (const headers of [ended, {}]) {
      const answer = await post(`${gateway.url}/sign-out/everywhere`, headers);
      expect([answer.status, answer.headers.getSetCookie()[0]]).toEqual([401, expect.stringContaining('Max-Age=0')]);
    }
    expect(outcomeOf(await ask(living))).toBe('kim');
  });

  test.each(['/sign-out', '/sign-out/everywhere'])(
    '%s is caused by no page of another origin, and by no GET',
    async (path) => {
      const headers = await signIn();
      const foreign = await post(`${gateway.url}${path}`, { ...headers, origin: 'https://evil.example' });
      expect(foreign.status).toBe(403);
      expect((await send(`${gateway.url}${path}`, { headers })).status).toBe(405);
      expect(outcomeOf(await ask(headers))).toBe('ada');
    },
  );
});
