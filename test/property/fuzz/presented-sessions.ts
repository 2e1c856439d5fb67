import type { UserRole } from '../../../src/domain/principal.js';
import type { Random } from '../../support/seeded-random.js';
import { type Presented, wrong } from './presented-credentials.js';
import { anyOf, canary, oneIn, somebodyElse, someone, type World } from './world.js';

type Header = readonly [name: string, value: string];

const NAME = 'latchkey-session';

export function sessionCookie(secret: string): string {
  return `${NAME}=${secret}`;
}

/** The Origin of the gateway's own pages, in a spelling that says the same, or that of the name by which the request calls it. */
export function ownOrigin(random: Random, { url }: World): readonly Header[] {
  return anyOf<readonly Header[]>(random, [
    [['origin', url]],
    [['origin', url]],
    [['Origin', url]],
    [['origin', url.replace('http:', 'https:')]],
    [
      ['host', 'Console.example:8443'],
      ['origin', 'https://console.example:8443'],
    ],
  ]);
}

/** An Origin of any page that is not the gateway's own. */
export function foreignOrigins(random: Random, world: World): readonly Header[] {
  const { url } = world;
  const text = canary(random, world).replaceAll('_', '-').toLowerCase();
  return anyOf<readonly Header[]>(random, [
    [['origin', 'https://evil.example']],
    [['origin', `https://${text}.example`]],
    [['origin', 'null']],
    [['origin', url.toUpperCase()]],
    [['origin', url.replace('http:', 'javascript:')]],
    [['origin', url.replace('//', '//ada@')]],
    [['origin', '']],
    [['origin', text]],
    [['origin', url.replace(/\d+$/, '1')]],
    [['origin', url.replace('127.0.0.1', 'localhost')]],
    [['origin', `${url.replace(/:\d+$/, '')}.${text}.example`]],
    [['origin', `${url}@${text}.example`]],
    [['origin', `${url}@${text}.example`]],
    [['origin', `http://${text}.example/${url}`]],
    [['origin', `${url}, https://${text}.example`]],
    [
      ['origin', `https://${text}.example`],
      ['referer', url],
      ['x-forwarded-host', `${text}.example`],
    ],
  ]);
}

/** Any session's cookie, with any Origin or none, for a request that should take no notice of it. */
export function anyCookie(random: Random, world: World): readonly Header[] {
  const { SUPER_ADMIN, ADMIN, unheard, ended, departing } = someone(random, world).sessions;
  const cookie = sessionCookie(anyOf(random, [SUPER_ADMIN, ADMIN, unheard, ended, ...departing]));
  const origin = anyOf(random, [ownOrigin, ownOrigin, foreignOrigins, () => []])(random, world);
  // Who sends Host beside names it twice, or names another than it asks.
  return [['cookie', cookie], ...origin.filter(([name]) => name !== 'host')];
}

/** The headers of a browser with a session, of somebody else's page in it, or nearly. */
export function presentSession(random: Random, world: World): Presented {
  const kind = random.below(10);
  if (kind < 4) return taken(random, world);
  if (kind < 6) return foreign(random, world);
  if (kind < 8) return unusable(random, world);
  return kind < 9 ? besideHeader(random, world) : uncertain(random, world);
}

function taken(random: Random, world: World): Presented {
  const one = someone(random, world);
  const role = anyOf<UserRole>(random, ['SUPER_ADMIN', 'SUPER_ADMIN', 'ADMIN']);
  const cookie = sessionCookie(one.sessions[role]);
  const cookies = anyOf<readonly Header[]>(random, [
    [['cookie', cookie]],
    [['cookie', cookie]],
    [['Cookie', `a=b; ${cookie}; ${NAME}-x=1`]],
    [['cookie', `${canary(random, world)};${cookie};;=;`]],
    [
      ['cookie', `session=${canary(random, world)}`],
      ['cookie', cookie],
    ],
    [['cookie', `${NAME}=; ${cookie}`]],
    [['cookie', `${cookie}; ${cookie}`]],
  ]);
  const caller = { organizationId: one.organizationId, role };
  if (oneIn(random, 6)) {
    const second = sessionCookie(somebodyElse(one, world).sessions.unheard);
    const both = random.pick<readonly Header[]>([
      [['cookie', `${cookie}; ${second}`]],
      [
        ['cookie', cookie],
        ['cookie', second],
      ],
    ]);
    return { caller, headers: [...both, ...ownOrigin(random, world)], session: 'overruled' };
  }
  return { caller, headers: [...cookies, ...ownOrigin(random, world)], session: 'taken' };
}

/** A good session that a page of another origin would use. Mostly of somebody who is never heard, and so can change nothing. */
function foreign(random: Random, world: World): Presented {
  const { unheard, SUPER_ADMIN } = someone(random, world).sessions;
  const cookie = sessionCookie(oneIn(random, 4) ? SUPER_ADMIN : unheard);
  const origin = oneIn(random, 4) ? [] : foreignOrigins(random, world);
  return { caller: undefined, headers: [['cookie', cookie], ...origin], session: 'refused' };
}

/** No good session, from the gateway's own page. Changed again, it may be the admin's. */
function unusable(random: Random, world: World): Presented {
  const one = someone(random, world);
  const { ADMIN: good, ended } = one.sessions;
  const at = random.below(good.length);
  const bad = anyOf(random, [
    ended,
    ended,
    ended,
    good.slice(0, at) || 'x',
    `${good.slice(0, at)}${good[at] === 'x' ? 'y' : 'x'}${good.slice(at + 1)}`,
    `${good}x`,
    `"${good}"`,
    good.toUpperCase(),
    encodeURIComponent(good).replaceAll('_', '%5F'),
    `${good},${good}`,
    canary(random, world),
    one.bearers.SUPER_ADMIN,
    one.signInCode,
    one.token,
  ]);
  const cookie = sessionCookie(bad);
  const value = oneIn(random, 3) ? `${cookie}; ${sessionCookie(good)}` : cookie;
  const caller = { organizationId: one.organizationId, role: 'ADMIN' } as const;
  return { caller, headers: [['cookie', value], ...ownOrigin(random, world)], session: 'refused' };
}

/** Headers come before the cookie, good or not. */
function besideHeader(random: Random, world: World): Presented {
  const one = someone(random, world);
  const { organizationId, bearers, accessKey } = somebodyElse(one, world);
  const origin = anyOf(random, [ownOrigin, foreignOrigins, () => []])(random, world);
  const unheard: readonly Header[] = [['cookie', sessionCookie(one.sessions.unheard)], ...origin];
  const ofAdmin: readonly Header[] = [['cookie', sessionCookie(one.sessions.ADMIN)], ...origin];
  const refused = {
    caller: { organizationId: one.organizationId, role: 'ADMIN' },
    session: 'refused',
  } as const;
  const bad = wrong(random, world);
  return anyOf<Presented>(random, [
    {
      caller: { organizationId, role: 'ADMIN' },
      headers: [['authorization', `Bearer ${bearers.ADMIN}`], ...unheard],
      session: 'overruled',
    },
    {
      caller: { organizationId, role: 'MACHINE' },
      headers: [...unheard, ['accesskey', accessKey.secret]],
      session: 'overruled',
    },
    { ...refused, headers: [...ofAdmin, ['authorization', `Bearer ${bad}`]] },
    { ...refused, headers: [...ofAdmin, ['authorization', '']] },
    { ...refused, headers: [...ofAdmin, ['accesskey', bad]] },
  ]);
}

/** What may be taken, as an admin's at most: a session that ends meanwhile, a cookie that no browser sends so. */
function uncertain(random: Random, world: World): Presented {
  const { organizationId, sessions } = someone(random, world);
  const own = ownOrigin(random, world);
  const [first, second] = sessions.departing;
  const cookie = sessionCookie(sessions.ADMIN);
  const headers = anyOf<readonly Header[]>(random, [
    [['cookie', sessionCookie(first)], ...own],
    [['cookie', sessionCookie(first)], ...own],
    [['cookie', sessionCookie(second)], ...own],
    [['cookie', `${cookie}=x`], ...own],
    [['cookie', `\t${cookie}\t`], ...own],
    [['cookie', `__Host-${cookie}`], ...own],
    [['cookie', cookie.replace('latchkey', 'Latchkey')], ...own],
    [['cookie', cookie.replace('=', ' =')], ...own],
    [['cookie', `${NAME}=`], ...own],
    [['cookie', sessions.ADMIN], ...own],
    [['cookie', cookie], ...own, ['origin', 'https://evil.example']],
  ]);
  return { caller: { organizationId, role: 'ADMIN' }, headers };
}
