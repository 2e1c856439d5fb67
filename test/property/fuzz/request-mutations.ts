import type { Random } from '../../support/seeded-random.js';
import type { Draft } from './input.js';
import { anyOf, canary, type World } from './world.js';

type Mutate = (draft: Draft, random: Random, world: World) => Draft;

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'CONNECT',
  'post',
  'GRANT',
];

const swapMethod: Mutate = (draft, random) => ({ ...draft, method: anyOf(random, METHODS) });

const bendTarget: Mutate = (draft, random, world) => {
  const { target } = draft;
  const at = random.below(target.length);
  const encoded = `%${target.charCodeAt(at).toString(16)}`;
  const bent = random.pick([
    `${world.url}${target}`,
    `HTTP://${canary(random, world)}${target}`,
    `${target.slice(0, at)}${encoded}${target.slice(at + 1)}`,
    `${target}?${canary(random, world)}=%zz&a=1&a=2&__proto__=3`,
    `${target}/`,
    `/${target}`,
    `${target}/../${canary(random, world)}`,
    `${target};a=${canary(random, world)}`,
    `${target}%00`,
    `${target}%zz`,
    `${target}%c3%28`,
    `${target}#${canary(random, world)}`,
    `${target}\u00ff`,
    `${target}${'a'.repeat(random.below(20_000))}`,
    target.toUpperCase(),
    '*',
    target.slice(1),
    `/${canary(random, world)}`,
  ]);
  return { ...draft, target: bent };
};

const dropHeader: Mutate = (draft, random) => {
  const dropped = random.below(Math.max(1, draft.headers.length));
  return { ...draft, headers: draft.headers.filter((_, index) => index !== dropped) };
};

const bendHost: Mutate = (draft, random, world) => {
  const text = canary(random, world);
  const host = anyOf(random, [
    text,
    '',
    ' ',
    '[',
    '[::1',
    'a b',
    'a:b:c',
    ':80',
    'a/b',
    '%',
    `${text}:99999`,
    '\u00ff',
    '?#',
    'a,b',
  ]);
  return { ...draft, headers: [...draft.headers.filter(([name]) => name !== 'host'), ['host', host]] };
};

const repeatHeader: Mutate = (draft, random) => {
  const repeated = draft.headers[random.below(Math.max(1, draft.headers.length))];
  return repeated === undefined ? draft : { ...draft, headers: [...draft.headers, repeated] };
};

const addHeader: Mutate = (draft, random, world) => {
  const text = canary(random, world);
  const added = anyOf<readonly [string, string]>(random, [
    ['expect', '100-continue'],
    ['expect', text],
    ['upgrade', 'websocket'],
    ['upgrade', 'h2c'],
    ['connection', 'upgrade'],
    ['te', 'trailers'],
    ['content-encoding', anyOf(random, ['gzip', 'identity', 'br, gzip', text])],
    ['accept', anyOf(random, ['application/json', 'text/html', '*/*;q=0', 'application/graphql-response+json', text])],
    [
      'content-type',
      anyOf(random, [
        'application/json',
        'text/plain',
        'application/json; charset=utf-7',
        'multipart/form-data; boundary=x',
        text,
        '/',
        '',
      ]),
    ],
    ['origin', `https://${text}.example`],
    ['access-control-request-method', 'POST'],
    ['x-forwarded-for', text],
    ['x-forwarded-host', text],
    ['x-forwarded-proto', 'javascript'],
    ['x-original-uri', `/${text}`],
    ['x-request-id', text],
    ['x-http-method-override', 'DELETE'],
    ['cookie', `session=${text}`],
    ['range', 'bytes=0-1'],
    ['if-none-match', '*'],
    ['accept-encoding', 'gzip'],
    ['apollo-federation-include-trace', 'ftv1'],
    ['apollo-require-preflight', 'true'],
    ['host', text],
    ['__proto__', text],
    ['constructor', text],
    [text, text],
    ['x', 'y'.repeat(random.below(20_000))],
    ['x', `${text}\u0000`],
    ['x', `\u00e9\u00ff${text}`],
    ['x', `a\r\n ${text}`],
    ['x y', text],
    ['', text],
  ]);
  return { ...draft, headers: [...draft.headers, added] };
};

const manyHeaders: Mutate = (draft, random, world) => {
  const text = canary(random, world);
  const count = random.below(1_500);
  return {
    ...draft,
    headers: [...draft.headers, ...Array.from({ length: count }, (_, index) => [`x${index}`, text] as const)],
  };
};

const bendBody: Mutate = (draft, random, world) => {
  const { body } = draft;
  const at = random.below(body.length + 1);
  const text = canary(random, world);
  const bent = anyOf<() => Buffer | string>(random, [
    () => body.subarray(0, at),
    () => Buffer.concat([body, body]),
    () => Buffer.concat([body.subarray(0, at), Buffer.from([0xc3, 0x28]), body.subarray(at)]),
    () => Buffer.concat([body.subarray(0, at), Buffer.from([random.below(256)]), body.subarray(at + 1)]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    () => Buffer.from(body.toString(), 'utf16le'),
    () => Buffer.concat([body, Buffer.alloc(random.below(90_000), 0x20)]),
    () => Buffer.alloc(random.below(90_000), 0x61),
    () => '['.repeat(random.below(5_000)),
    () => '{"a":'.repeat(random.below(200)),
    () => JSON.stringify(text),
    () => `{"${text}":"${text}"`,
    () => `[${body}]`,
    () => `{"access_token":${random.below(1e9)}}`,
    () => 'null',
    () => `${text}=${text}&${body}`,
    () => 'token=%ff%fe&grant_type=%c3%28',
    () => '&=&=&'.repeat(random.below(2_000)),
  ])();
  return { ...draft, body: Buffer.from(bent) };
};

const MUTATIONS = [
  ...[swapMethod, bendTarget, bendTarget, bendHost, dropHeader, repeatHeader],
  ...[addHeader, addHeader, addHeader, bendBody, bendBody, bendBody],
];

/** The same request with some things about it changed; half of all are left as they are. */
export function mutateRequest(draft: Draft, random: Random, world: World): Draft {
  let left = random.pick([0, 0, 0, 1, 1, 2, 3]);
  if (left === 0 || draft.session === 'overruled') return draft;
  const { session: _, listening: __, ...uncertain } = draft;
  let mutated: Draft = uncertain;
  for (; left > 0; left--) {
    mutated = anyOf(random, random.below(100) === 0 ? [manyHeaders] : MUTATIONS)(mutated, random, world);
  }
  return mutated;
}
