import { basic } from '../../support/machine.js';
import type { Random } from '../../support/seeded-random.js';
import type { Draft } from './input.js';
import { anyOf, canary, oneIn, somebodyElse, someone, type World } from './world.js';

type Header = readonly [name: string, value: string];

/** Headers, whom they are of, and what becomes of the session among them. */
export type Presented = Pick<Draft, 'caller' | 'headers' | 'session'>;

/** Headers of somebody who may call /graphql, or nearly. */
export function presentBearer(random: Random, world: World): Presented {
  const one = someone(random, world);
  const { organizationId } = one;
  const bearer = (text: string): Header => ['authorization', `Bearer ${text}`];
  const presented = random.pick<() => Presented>([
    () => ({ caller: undefined, headers: [] }),
    () => ({ caller: { organizationId, role: 'ADMIN' }, headers: [bearer(one.bearers.ADMIN)] }),
    () => ({ caller: { organizationId, role: 'ADMIN' }, headers: [bearer(one.bearers.ADMIN)] }),
    () => ({ caller: { organizationId, role: 'SUPER_ADMIN' }, headers: [bearer(one.bearers.SUPER_ADMIN)] }),
    () => ({ caller: { organizationId, role: 'SUPER_ADMIN' }, headers: [bearer(one.bearers.SUPER_ADMIN)] }),
    () => ({ caller: { organizationId, role: 'MACHINE' }, headers: [bearer(one.token)] }),
    () => ({ caller: { organizationId, role: 'MACHINE' }, headers: [['accesskey', one.accessKey.secret]] }),
    () => ({
      caller: undefined,
      headers: [oneIn(random, 2) ? bearer(wrong(random, world)) : ['accesskey', wrong(random, world)]],
    }),
  ])();
  return oneIn(random, 8) ? { ...presented, headers: halfBroken(random, world, presented.headers) } : presented;
}

/** Headers of a client of OAuth, or nearly. */
export function presentClient(random: Random, world: World): Presented {
  if (oneIn(random, 8)) return presentBearer(random, world);
  const one = someone(random, world);
  const { clientId, secret } = one.oauth;
  const good: Presented = {
    caller: { organizationId: one.organizationId, role: 'MACHINE' },
    headers: [['authorization', basic(clientId, secret)]],
  };
  if (!oneIn(random, 4)) return good;
  const stranger = somebodyElse(one, world);
  const bad = wrong(random, world);
  const value = random.pick([
    // As a client's own, its secret is not wrong.
    basic(clientId, bad === secret ? stranger.oauth.secret : bad),
    basic(stranger.oauth.clientId, secret),
    basic(one.accessKey.connectionId, one.accessKey.secret),
    basic(canary(random, world), canary(random, world)),
    basic(encodeURIComponent(`${clientId}%`), secret),
    `Basic ${Buffer.from(`${clientId}${secret}`).toString('base64')}`,
    `Basic ${clientId}:${secret}`,
    `Basic ${'A'.repeat(3_000)}`,
  ]);
  if (oneIn(random, 3)) return { caller: good.caller, headers: halfBroken(random, world, good.headers) };
  return { caller: undefined, headers: [['authorization', value]] };
}

/** A text of the right form that no credential is, or a good one with something changed. */
export function wrong(random: Random, world: World): string {
  const one = someone(random, world);
  const good = random.pick([
    one.token,
    one.accessKey.secret,
    one.bearers.SUPER_ADMIN,
    one.oauth.secret,
    one.signInCode,
    one.sessions.SUPER_ADMIN,
  ]);
  const at = random.below(good.length);
  return random.pick([
    canary(random, world),
    good.slice(0, at),
    `${good.slice(0, at)}${good[at] === 'x' ? 'y' : 'x'}${good.slice(at + 1)}`,
    `${good}${good}`,
    `${good.slice(0, at)}.${good.slice(at)}`,
    one.oauth.secret,
    one.sessions.SUPER_ADMIN,
  ]);
}

function halfBroken(random: Random, world: World, headers: readonly Header[]): readonly Header[] {
  const [[name, value] = ['authorization', wrong(random, world)] as Header] = headers;
  const changed = anyOf<() => readonly Header[]>(random, [
    () => [
      [name, value],
      [name, value],
    ],
    () => [
      [name, value],
      ['accesskey', someone(random, world).accessKey.secret],
    ],
    () => [
      [name, value],
      ['authorization', `Bearer ${wrong(random, world)}`],
    ],
    () => [[name, value.replace(' ', '  ')]],
    () => [[name, value.replace(' ', '\t')]],
    () => [[name, value.toUpperCase()]],
    () => [[name, `${value},${value}`]],
    () => [[name, `${value} x`]],
    () => [[name, value.replace(/^\w+/, 'Digest')]],
    () => [[name, `${value}\u00ff`]],
    () => [[name, '']],
    () => [[name.toUpperCase(), value]],
    () => [[`${name} `, value]],
  ]);
  return changed();
}
