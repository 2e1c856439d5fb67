import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { FIRST_SUPER_ADMIN, SIGN_IN_LINK_LIFETIME_MS, SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { ClaimsSigner } from '../../src/domain/sign-in/signed-claims.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { AuditEventsDocument, CreateConnectionDocument, ViewerDocument } from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { listeningUrlOf } from '../support/listening-url.js';
import { type Answer, expectAlive, post, send, UUID } from '../support/rest.js';
import { sessionOf } from '../support/session.js';
import { TestClock } from '../support/test-clock.js';

const clock = new TestClock();
const gateway = await startTestGateway({ clock });
afterAll(() => gateway[Symbol.asyncDispose]());
const REFUSED_TITLE = '<h1>This link is used up or has expired</h1>';

function makeLink(of: TestGateway = gateway, organizationId = 'default'): string {
  return new SignInLinks(of.keyRing, clock).create(of.url, organizationId).reveal();
}

/** Opens the link and presses the page's one button, which sends a form without fields to the page's own URL. */
async function signIn(link: string): Promise<Answer> {
  expect((await send(link)).text).toMatch(/<form method="post"><button[^>]*>Sign in<\/button><\/form>/);
  return press(link);
}

function press(link: string): Promise<Answer> {
  return post(link, { 'content-type': 'application/x-www-form-urlencoded' });
}

async function signIns(): Promise<{ actor: string; target: string | null; outcome: string }[]> {
  const { auditEvents } = await gateway.client().run(AuditEventsDocument, { first: 100 });
  return auditEvents.edges.flatMap(({ node: { action, actor, target, outcome } }) =>
    action === 'user.signed_in' ? [{ actor, target, outcome }] : [],
  );
}

function expectRefused(answer: Answer): void {
  expect(answer.status).toBe(401);
  expect(answer.text).toContain(REFUSED_TITLE);
  expect(answer.text).not.toMatch(/lkss_|lksi_/);
}

test('the button of the page that a link opens begins a session, and leads to the console', async () => {
  const answer = await signIn(makeLink());
  expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([303, './', '']);
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^latchkey-session=lkss_\w{49}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/),
  ]);

  const client = gateway.client(sessionOf(answer, gateway.url));
  const { viewer } = await client.run(ViewerDocument);
  expect(viewer).toMatchObject({ id: FIRST_SUPER_ADMIN, role: 'SUPER_ADMIN', organization: { id: 'default' } });
  const input = { name: 'made in a session', authenticationType: 'OAUTH' } as const;
  const { createConnection } = await client.run(CreateConnectionDocument, { input });
  expect(createConnection.__typename).toBe('ConnectionCreated');
});

test('a link may be for an admin, by name', async () => {
  const user = { subject: 'grace', role: 'ADMIN' } as const;
  const link = new SignInLinks(gateway.keyRing, clock).create(gateway.url, 'other', user).reveal();
  expect((await send(link)).text).toContain('<strong>grace</strong>, admin of the organisation <strong>other</strong>');
  const { viewer } = await gateway.client(sessionOf(await signIn(link), gateway.url)).run(ViewerDocument);
  expect(viewer).toMatchObject({ id: 'grace', role: 'ADMIN', organization: { id: 'other' } });
});

test('where browsers come by https, they keep the cookie for this host and for https alone', async () => {
  const config = { publicUrl: 'https://api.example.com/latchkey' };
  const { started, url } = await listeningUrlOf(() => startTestGateway({ clock, config }));
  await using proxied = started;
  const link = makeLink(proxied);
  expect(link).toMatch(/^https:\/\/api\.example\.com\/latchkey\/sign-in\?code=/);
  // What a proxy that takes the path away makes of it.
  const answer = await signIn(link.replace(config.publicUrl, url));
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-latchkey-session=lkss_\w+; Path=\/; .*; Secure$/),
  ]);
  const client = createGraphqlClient(url, sessionOf(answer, 'https://api.example.com'));
  expect((await client.run(ViewerDocument)).viewer.id).toBe(FIRST_SUPER_ADMIN);
});

test('a link signs in once, and that is in the audit log', async () => {
  const before = (await signIns()).length;
  const link = makeLink();
  expect((await signIn(link)).status).toBe(303);
  expectRefused(await press(link));
  expectRefused(await press(link));
  expect((await signIns()).slice(0, -before || undefined)).toEqual([
    { actor: `user:${FIRST_SUPER_ADMIN}`, target: FIRST_SUPER_ADMIN, outcome: 'success' },
  ]);
});

test.each([
  ['GET', 200, {}],
  ['GET', 200, { 'sec-purpose': 'prefetch;prerender' }],
  ['HEAD', 200, {}],
  ['OPTIONS', 405, {}],
  ['PUT', 405, {}],
])(
  'a %s, answered with %i, spends no link, signs nobody in and hands out nothing: %o',
  async (method, status, headers) => {
    const before = (await signIns()).length;
    const link = makeLink();
    for (let time = 0; time < 3; time++) {
      const answer = await send(link, { method, headers });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toMatch(/lkss_|lksi_/);
    }
    expect((await signIns()).length).toBe(before);
    expect((await signIn(link)).status).toBe(303);
  },
);

test.each(['cross-site', 'same-site'])(
  'a page of another origin (%s) signs nobody in with a link of its own, and the link stays good',
  async (site) => {
    const link = makeLink();
    const answer = await post(link, { 'sec-fetch-site': site });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    expect(answer.text).toContain('<h1>Another site wanted to sign you in</h1>');
    expect((await post(link, { 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  },
);

test('the page with the button says who would sign in', async () => {
  const { text } = await send(makeLink());
  expect(text).toContain(
    `<strong>${FIRST_SUPER_ADMIN}</strong>, super admin of the organisation <strong>default</strong>`,
  );
});

test('of twenty that use one link at once, one signs in', async () => {
  const before = (await signIns()).length;
  const link = makeLink();
  const answers = await Promise.all(Array.from({ length: 20 }, () => press(link)));
  expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(19).fill(401)]);
  expect((await signIns()).length - before).toBe(1);
});

test('a link opens until its fifteen minutes are over', async () => {
  const [early, late] = [makeLink(), makeLink()];
  clock.advance(SIGN_IN_LINK_LIFETIME_MS - 1);
  expect((await signIn(early)).status).toBe(303);
  clock.advance(1);
  expectRefused(await send(late));
  expectRefused(await press(late));
});

describe('a code is refused', () => {
  const codeOf = (link: string) => new URL(link).searchParams.get('code') ?? '';
  const otherCharacter = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  const forged = new SignInLinks(KeyRing.parse(KeyRing.generate()), clock).create('http://x', 'default').reveal();
  const payloadOf = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const claims = {
    kid: gateway.keyRing.activeKid,
    id: 'sig_1',
    subject: 'x',
    role: 'SUPER_ADMIN',
    organizationId: 'default',
    expiresAt: 9e15,
  };
  test.each([
    ['that is missing', () => ''],
    ['that is empty', () => '?code='],
    ['that is garbage', () => '?code=x'],
    ['that another key ring signed', () => `?code=${codeOf(forged)}`],
    ['without its signature', () => `?code=${codeOf(makeLink()).split('.')[0]}`],
    ['with an empty signature', () => `?code=${codeOf(makeLink()).split('.')[0]}.`],
    ['with claims that nobody signed', () => `?code=lksi_${payloadOf(claims)}.AAAA`],
    ['whose claims were changed', () => `?code=${otherCharacter(codeOf(makeLink()), 20)}`],
    ['whose signature was changed', () => `?code=${otherCharacter(codeOf(makeLink()), codeOf(makeLink()).length - 5)}`],
    ['with something behind it', () => `?code=${codeOf(makeLink())}.x`],
    ['of another letter case', () => `?code=${codeOf(makeLink()).toUpperCase()}`],
    ['that is given twice', () => `?code=${codeOf(makeLink())}&code=${codeOf(makeLink())}`],
    ["that is an admin's bearer", () => `?code=${gateway.bearer()}`],
    ["that is an admin's bearer called a code", () => `?code=${gateway.bearer().replace('lkad_', 'lksi_')}`],
    ['of an organisation that is not configured', () => new URL(makeLink(gateway, 'gone')).search],
  ])('%s', async (_what, query) => {
    const before = (await signIns()).length;
    const link = `${gateway.url}/sign-in${query()}`;
    expectRefused(await send(link));
    expectRefused(await press(link));
    expect((await signIns()).length).toBe(before);
    await expectAlive(gateway.url);
  });

  test('as a bearer, by its own name and by that of one', async () => {
    const code = codeOf(makeLink());
    for (const bearer of [code, code.replace('lksi_', 'lkad_')]) {
      const answer = await gateway.client({ authorization: `Bearer ${bearer}` }).send('{ viewer { id } }');
      expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect((await press(`${gateway.url}/sign-in?code=${code}`)).status).toBe(303);
  });
});

test('no page may be stored, framed, referred from or made to run anything', async () => {
  const link = makeLink();
  for (const answer of [await send(link), await press(link), await press(link)]) {
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
    if (answer.text === '') continue;
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(answer.text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(answer.headers.get('content-security-policy')?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      `style-src 'sha256-${hash}'`,
    ]);
    expect(answer.text.replaceAll(gateway.url, '')).not.toMatch(/<script|<img|<link|<iframe|\son[a-z]+=|https?:/i);
  }
});

test('what a name holds is text on the page, not HTML', async () => {
  const subject = `<script>alert("1")</script>&'`;
  const signer = new ClaimsSigner({ keyRing: gateway.keyRing, clock, purpose: 'sign-in', prefix: 'lksi_' });
  const expiresAt = clock.now() + 1000;
  const code = signer.sign({ id: 'sig_html', subject, role: 'ADMIN', organizationId: 'default', expiresAt }).reveal();
  const link = `${gateway.url}/sign-in?code=${code}`;
  const { status, text } = await send(link);
  expect(status).toBe(200);
  expect(text).toContain('<strong>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</strong>');
  expect(text).not.toContain('<script');
  const { viewer } = await gateway.client(sessionOf(await press(link), gateway.url)).run(ViewerDocument);
  expect(viewer).toMatchObject({ id: subject, role: 'ADMIN' });
});
