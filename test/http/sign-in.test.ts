import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { FIRST_SUPER_ADMIN, SIGN_IN_LINK_LIFETIME_MS, SignInLinks } from '../../src/domain/sign-in/sign-in.service.js';
import { ClaimsSigner } from '../../src/domain/sign-in/signed-claims.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { AuditEventsDocument, CreateConnectionDocument, ViewerDocument } from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { listeningUrlOf } from '../support/listening-url.js';
import { type Answer, expectAlive, post, send, UUID } from '../support/rest.js';
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

function bearerOn({ text }: Answer): string {
  const [, bearer] = /<textarea [^>]*>([^<]+)<\/textarea>/.exec(text) ?? [];
  if (bearer === undefined) throw new Error(`no bearer on the page: ${text}`);
  return bearer;
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
  expect(answer.text).not.toMatch(/lkad_|lksi_/);
}

test('the button of the page that a link opens shows who signed in, a bearer that works, and the way to Sandbox', async () => {
  const answer = await signIn(makeLink());
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.text).toContain(`<dt>Viewer</dt><dd>${FIRST_SUPER_ADMIN}</dd>`);
  expect(answer.text).toContain('<dt>Role</dt><dd>SUPER_ADMIN</dd>');
  expect(answer.text).toContain('<dt>Organisation</dt><dd>default</dd>');
  expect(answer.text).toContain(`<a href="${gateway.url}/graphql">Open Sandbox</a>`);

  const client = gateway.client({ authorization: `Bearer ${bearerOn(answer)}` });
  const { viewer } = await client.run(ViewerDocument);
  expect(viewer).toMatchObject({ id: FIRST_SUPER_ADMIN, role: 'SUPER_ADMIN', organization: { id: 'default' } });
  const input = { name: 'made with the bearer of the page', authenticationType: 'OAUTH' } as const;
  const { createConnection } = await client.run(CreateConnectionDocument, { input });
  expect(createConnection.__typename).toBe('ConnectionCreated');
});

test('Sandbox is where the page says it is, and not spoken of where it is off', async () => {
  const [, url = ''] = /<a href="([^"]+)">Open Sandbox/.exec((await signIn(makeLink())).text) ?? [];
  const landing = await send(url, { headers: { accept: 'text/html' } });
  expect([landing.status, landing.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);

  await using without = await startTestGateway({ clock, config: { sandbox: false } });
  const answer = await signIn(makeLink(without));
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain('<a ');
  expect(answer.text).toContain('Sandbox is switched off here');
});

test('under a public URL with a path the page leads to Sandbox there, and its form to where it is', async () => {
  const config = { publicUrl: 'https://api.example.com/latchkey' };
  const { started, url } = await listeningUrlOf(() => startTestGateway({ clock, config }));
  await using proxied = started;
  const link = makeLink(proxied);
  expect(link).toMatch(/^https:\/\/api\.example\.com\/latchkey\/sign-in\?code=/);
  // What a proxy that takes the path away makes of it.
  const { text } = await signIn(link.replace(config.publicUrl, url));
  expect(text).toContain('<a href="https://api.example.com/latchkey/graphql">Open Sandbox</a>');
});

test('the bearer of the page ends after an hour', async () => {
  const client = gateway.client({ authorization: `Bearer ${bearerOn(await signIn(makeLink()))}` });
  clock.advance(3_599_999);
  expect((await client.send('{ viewer { id } }')).status).toBe(200);
  clock.advance(1);
  expect((await client.send('{ viewer { id } }')).status).toBe(401);
});

test('a link signs in once, and that is in the audit log', async () => {
  const before = (await signIns()).length;
  const link = makeLink();
  expect((await signIn(link)).status).toBe(200);
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
      expect(answer.text).not.toMatch(/lkad_|lksi_/);
    }
    expect((await signIns()).length).toBe(before);
    expect((await signIn(link)).status).toBe(200);
  },
);

test('the page with the button says who would sign in', async () => {
  const { text } = await send(makeLink());
  expect(text).toContain(`<dt>Viewer</dt><dd>${FIRST_SUPER_ADMIN}</dd>`);
  expect(text).toContain('<dt>Role</dt><dd>SUPER_ADMIN</dd>');
  expect(text).toContain('<dt>Organisation</dt><dd>default</dd>');
});

test('of twenty that use one link at once, one signs in', async () => {
  const before = (await signIns()).length;
  const link = makeLink();
  const answers = await Promise.all(Array.from({ length: 20 }, () => press(link)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(401)]);
  expect((await signIns()).length - before).toBe(1);
});

test('a link opens until its fifteen minutes are over', async () => {
  const [early, late] = [makeLink(), makeLink()];
  clock.advance(SIGN_IN_LINK_LIFETIME_MS - 1);
  expect((await signIn(early)).status).toBe(200);
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
    expect((await press(`${gateway.url}/sign-in?code=${code}`)).status).toBe(200);
  });
});

test('no page may be stored, framed, referred from or made to run anything', async () => {
  const link = makeLink();
  for (const answer of [await send(link), await press(link), await press(link)]) {
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
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
  const [offer, answer] = [await send(link), await press(link)];
  for (const { status, text } of [offer, answer]) {
    expect(status).toBe(200);
    expect(text).toContain('<dd>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</dd>');
    expect(text).not.toContain('<script');
  }
  const { viewer } = await gateway.client({ authorization: `Bearer ${bearerOn(answer)}` }).run(ViewerDocument);
  expect(viewer).toMatchObject({ id: subject, role: 'ADMIN' });
});
