import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRedisUrl, type RedisAddress } from '../../../src/stores/redis/address.js';

const HOST = { host: 'a.example', port: 6379 };
const SENTINEL = { host: 'a.example', port: 26_379 };

/** An address as tests compare it: the password itself prints as nothing. */
function plain({ login, ...place }: RedisAddress) {
  const { password, ...rest } = login;
  return { ...place, ...rest, ...(password && { password: password.reveal() }) };
}

const standalone = (given: object = {}) => ({ topology: 'standalone', server: { ...HOST, db: 0, ...given } });
const cluster = (...nodes: object[]) => ({ topology: 'cluster', nodes });
const sentinel = (sentinels: object[], given: object = {}) => ({
  topology: 'sentinel',
  server: { sentinels, name: 'primary', db: 0, ...given },
});

test.each<[url: string, address: object]>([
  ['redis://a.example', standalone()],
  ['REDIS://a.example/', standalone()],
  ['redis://a.example:7000/15', standalone({ port: 7000, db: 15 })],
  ['redis://127.0.0.1', standalone({ host: '127.0.0.1' })],
  ['redis://[::1]', standalone({ host: '::1' })],
  ['redis://[fd00::1:2]:65535/1', standalone({ host: 'fd00::1:2', port: 65_535, db: 1 })],
  ['redis://redis_1', standalone({ host: 'redis_1' })],
  ['rediss://a.example', { ...standalone(), tls: {} }],
  ['redis://:word@a.example', { ...standalone(), password: 'word' }],
  ['redis://user@a.example', { ...standalone(), username: 'user' }],
  ['redis://user:word@a.example', { ...standalone(), username: 'user', password: 'word' }],
  ['redis://u%3Ar:p%40%25%3A%2F%C3%A9@a.example/2', { ...standalone({ db: 2 }), username: 'u:r', password: 'p@%:/é' }],
  ['redis://:a:b/c?d#e+f=@a.example', { ...standalone(), password: 'a:b/c?d#e+f=' }],
  ['redis+cluster://a.example', cluster(HOST)],
  ['redis+cluster://a.example,b.example:7001/', cluster(HOST, { host: 'b.example', port: 7001 })],
  [
    'rediss+cluster://u:w@[::1]:7000',
    { ...cluster({ host: '::1', port: 7000 }), username: 'u', password: 'w', tls: {} },
  ],
  ['redis+sentinel://a.example/primary', sentinel([SENTINEL])],
  ['redis+sentinel://a.example,[::1]:7/primary/3', sentinel([SENTINEL, { host: '::1', port: 7 }], { db: 3 })],
  ['rediss+sentinel://:w@a.example/primary/', { ...sentinel([SENTINEL]), password: 'w', tls: {} }],
])('%s is read', (url, address) => {
  expect(plain(parseRedisUrl(url))).toEqual(address);
});

const BEGINNING = 'must begin with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)';
const ENCODING = 'must have one user and password, percent-encoded: %25 for %, %40 for @';
const HOSTS = 'must name each host as host, host:port or [IPv6 address]:port';
const ONE_HOST = 'must name one host; several need redis+sentinel:// or redis+cluster://';
const DATABASE = 'must end in the number of a database, or in none';
const END = 'must end before any ? or #: the settings LATCHKEY_… are all there are';
const PRIMARY = 'must name the primary that the sentinels watch: redis+sentinel://host:26379/name';

test.each<[url: string, sentence: string]>([
  ['', BEGINNING],
  ['a.example:6379', BEGINNING],
  [' redis://a.example', BEGINNING],
  ['valkey://:word@a.example', BEGINNING],
  ['redis+tls://:word@a.example', BEGINNING],
  ['redis:/a.example', BEGINNING],
  ['redis://:100%@a.example', ENCODING],
  ['redis://:%FF@a.example', ENCODING],
  ['redis://us%er:word@a.example', ENCODING],
  ['redis://:wo@rd@a.example', ENCODING],
  ['redis+cluster://:word@a.example,:word@b.example', ENCODING],
  ['redis://', HOSTS],
  ['redis:///run/redis.sock', HOSTS],
  ['redis://:word@', HOSTS],
  ['redis://::1', HOSTS],
  ['redis://[::1', HOSTS],
  ['redis://a.example:', HOSTS],
  ['redis://a.example:0', HOSTS],
  ['redis://a.example:65536', HOSTS],
  ['redis://a.example:port', HOSTS],
  ['redis://a.example ', HOSTS],
  ['redis://a.example\n', HOSTS],
  ['redis+cluster://a.example,,b.example', HOSTS],
  ['redis://a.example,b.example', ONE_HOST],
  ['rediss://:word@a.example,b.example/1', ONE_HOST],
  ['redis://a.example/main', DATABASE],
  ['redis://a.example/-1', DATABASE],
  ['redis://a.example/1/2', DATABASE],
  ['redis+sentinel://a.example/primary/main', DATABASE],
  ['redis+sentinel://a.example/primary/1/2', DATABASE],
  ['redis://a.example?db=1', END],
  ['redis://:word@a.example/1?enableOfflineQueue=false', END],
  ['redis://a.example/0#1', END],
  ['redis+cluster://a.example?tls=true', END],
  ['redis+sentinel://a.example', PRIMARY],
  ['redis+sentinel://a.example/', PRIMARY],
  ['redis+sentinel://a.example//1', PRIMARY],
  ['redis+cluster://a.example/0', 'must name no database: a cluster has one'],
])('%j is refused in a sentence that says what to do', (url, sentence) => {
  expect(() => parseRedisUrl(url)).toThrow(new Error(sentence));
});

/** Long enough to stand in no sentence by chance. */
const password = fc
  .string({ unit: fc.constantFrom(...'aZ09%@:/?#[],+&=.~ é'), minLength: 6, maxLength: 40 })
  .filter((text) => !/^[/:. ]+$/.test(text));
const scheme = fc.constantFrom('redis', 'rediss', 'redis+sentinel', 'rediss+cluster', 'valkey', '');
const place = fc.constantFrom(
  '',
  'a.example',
  'a,b',
  '[::1',
  'a:99999',
  'a/x',
  'a/1/2',
  'a?b=c',
  'a#b',
  'a/name',
  '@a',
);

test('whatever password stands raw in a URL: where the URL is refused, nothing about it shows the password', () => {
  fc.assert(
    fc.property(scheme, fc.constantFrom('', 'user'), password, place, (protocol, user, secret, rest) => {
      try {
        parseRedisUrl(`${protocol}://${user}:${secret}@${rest}`);
      } catch (error) {
        expect(inspect(error, { depth: null, showHidden: true }).replace(/\n {4}at .*/g, '')).not.toContain(secret);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('whatever user and password there are: percent-encoded, they are read as they are', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => each.isWellFormed());
  fc.assert(
    fc.property(text, text, (username, secret) => {
      const url = `redis://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@a.example`;
      expect(plain(parseRedisUrl(url))).toEqual({ ...standalone(), username, password: secret });
    }),
  );
});
