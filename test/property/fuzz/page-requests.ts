import { readdirSync } from 'node:fs';
import { draft, type MakeDraft } from './input.js';
import { foreignOrigins, ownOrigin, presentSession, sessionCookie } from './presented-sessions.js';
import { anyOf, canary, oneIn, someone } from './world.js';

export const CONSOLE_DIRECTORY = 'dist/console';
/** What pages ask for; beside each is the same in smaller codings. */
const FILES = readdirSync(`${CONSOLE_DIRECTORY}/assets`)
  .filter((name) => !/\.(br|gz)$/.test(name))
  .sort();

/** By the button of a link's page, of our own or of another site, or by what looks at links. */
export const signIn: MakeDraft = (random, world) => {
  const one = someone(random, world);
  const own = anyOf(random, [undefined, 'same-origin', 'none']);
  const foreign = anyOf(random, ['same-site', 'cross-site', '', canary(random, world)]);
  const [good, site] = oneIn(random, 3) ? [one.foreignCode, foreign] : [one.signInCode, own];
  const bad = anyOf(random, [one.bearers.SUPER_ADMIN, one.sessions.SUPER_ADMIN, good.slice(0, -1), '']);
  const code = oneIn(random, 4) ? anyOf(random, [bad, canary(random, world)]) : good;
  const search = oneIn(random, 3)
    ? anyOf(random, [`?code=${code}&code=${code}`, `?code[]=${code}`, `?${code}`])
    : `?code=${code}`;
  return draft('sign-in', {
    method: random.pick(['GET', 'POST', 'POST', 'POST', 'HEAD']),
    target: `/sign-in${search}`,
    headers: site === undefined ? [] : [['sec-fetch-site', site]],
    caller: undefined,
    ...(code === good && site === own ? {} : { session: 'refused' }),
  });
};

/**
 * Ends one of the sessions that are there to be ended, or no session. The others' users are never signed out, so whatever
 * else is sent at the same time finds them signed in.
 */
export const signOut: MakeDraft = (random, world) => {
  const path = oneIn(random, 3) ? '/sign-out/everywhere' : '/sign-out';
  const { departing, unheard, ended } = someone(random, world).sessions;
  const [session, companion] = oneIn(random, 2) ? departing : ([departing[1], departing[0]] as const);
  const type = oneIn(random, 2)
    ? []
    : [['content-type', anyOf(random, ['application/json', '', 'text/plain'])] as const];
  const body = random.pick(['', '', '{}', canary(random, world)]);
  const sent = { method: 'POST', target: path, body, caller: undefined };
  const own = ownOrigin(random, world);
  const cookie = (value: string) => ['cookie', sessionCookie(value)] as const;
  return draft(
    'sign-out',
    anyOf<() => Parameters<typeof draft>[1]>(random, [
      () => ({
        ...sent,
        headers: [cookie(session), ...own, ...type],
        // One that had ended before ends no others.
        session: { ends: session },
      }),
      () => ({
        ...sent,
        headers: [['cookie', `${sessionCookie(session)}; ${sessionCookie(companion)}`], ...own],
        session: { ends: session },
      }),
      () => ({ ...sent, headers: [cookie(unheard), ...foreignOrigins(random, world), ...type], session: 'refused' }),
      () => ({ ...sent, headers: [cookie(unheard), ...type], session: 'refused' }),
      () => ({ ...sent, headers: [cookie(ended), ...own, ...type] }),
      () => ({ ...sent, headers: [cookie(`lkss_${canary(random, world)}`), ...own] }),
      () => ({ ...sent, headers: [['cookie', anyOf(random, ['latchkey-session=', 'latchkey-session', '=;'])]] }),
      () => ({ ...sent, headers: [['authorization', `Bearer ${someone(random, world).bearers.ADMIN}`]] }),
      () => ({ ...sent, method: anyOf(random, ['GET', 'DELETE', 'HEAD', 'PUT']), headers: [cookie(session), ...own] }),
      () => ({ ...sent, target: `${path}/`, headers: [cookie(session), ...own], session: 'refused' }),
    ])(),
  );
};

/** A page of the console, which is the same for everybody. */
export const consolePage: MakeDraft = (random, world) => {
  const one = someone(random, world);
  const target = random.pick([
    '/',
    '/',
    '/?x=1',
    '/connections/new',
    `/connections/${one.oauth.connectionId}`,
    `/connections/${canary(random, world)}`,
    '/try-it',
    '/limits',
    '/audit',
    '/audit/',
  ]);
  const { headers } = oneIn(random, 2) ? presentSession(random, world) : { headers: [] };
  return draft('console page', {
    method: random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS']),
    target,
    headers: oneIn(random, 2) ? [...headers, ['accept', 'text/html']] : headers,
    caller: undefined,
  });
};

/** A file of the console, or what is beside them on the disk. */
export const consoleFile: MakeDraft = (random, world) => {
  const name = anyOf(random, FILES);
  const target = random.pick([
    `/assets/${name}`,
    `/assets/${name}`,
    `/assets/${name}`,
    `/assets/${name}`,
    `/assets/${name}`,
    `/assets/${name}.${anyOf(random, ['br', 'gz', 'map'])}`,
    `/assets/${name}?${canary(random, world)}`,
    `/assets/${canary(random, world)}.js`,
    '/assets/nothing.js',
    '/assets/nothing.js',
    '/assets/nothing.css',
    '/assets/nothing.svg',
    '/assets/',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fmain.js',
    '/assets/__proto__',
    `/assets/${name}/`,
    '/index.html',
    '/documents/',
  ]);
  const coding = anyOf(random, ['br', 'gzip', 'gzip, br', 'br;q=0, gzip;q=0.1', 'identity', '', canary(random, world)]);
  return draft('console file', {
    method: random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST']),
    target,
    headers: oneIn(random, 3) ? [] : [['accept-encoding', coding]],
    caller: undefined,
  });
};
