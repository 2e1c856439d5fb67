import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config.js';
import { createLogger, describeError, type LogFields } from '../../../src/lib/logger.js';
import { Secret } from '../../../src/lib/secrets.js';

const TEXT = 'lkcs_this-must-never-be-printed';
const SECRET = new Secret(TEXT);
const NESTED = { a: [{ b: { c: { d: SECRET } } }], map: new Map([['key', SECRET]]), set: new Set([SECRET]) };

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger('debug', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

function withCause(): Error {
  return new Error(`failed for ${SECRET}`, { cause: { credential: SECRET, nested: NESTED } });
}

test.each<[string, () => string]>([
  ['a template string', () => `${SECRET}`],
  ['String()', () => String(SECRET)],
  ['concatenation', () => `bearer ${''}`.concat(SECRET as unknown as string)],
  ['toLocaleString', () => SECRET.toLocaleString()],
  ['an array that is joined', () => [SECRET, SECRET].join()],
  ['an object’s key', () => Object.keys({ [SECRET as unknown as string]: 1 }).join()],
  ['JSON', () => JSON.stringify(SECRET)],
  ['JSON of what holds it', () => JSON.stringify([NESTED, { SECRET }])],
  ['inspect', () => inspect(SECRET)],
  ['inspect at every depth', () => inspect(NESTED, { depth: Number.POSITIVE_INFINITY })],
  ['inspect of what is hidden', () => inspect(NESTED, { depth: null, showHidden: true, getters: true })],
  ['inspect without custom forms', () => inspect(NESTED, { depth: null, showHidden: true, customInspect: false })],
  ['console.log', () => format(SECRET, NESTED)],
  ['console.log of every directive', () => format('%s %d %i %f %j %o %O %c', ...Array(8).fill(SECRET))],
  ['console.log of every directive on what holds it', () => format('%s %j %o %O', NESTED, [NESTED], NESTED, NESTED)],
  ['an error’s message', () => withCause().message],
  ['an error’s stack', () => withCause().stack ?? ''],
  ['an error with its cause, inspected', () => inspect(withCause(), { depth: null, showHidden: true })],
  ['an error as operators see it', () => describeError(withCause())],
  ['an error thrown as the secret itself', () => describeError(SECRET)],
  ['its own keys and values', () => JSON.stringify([Object.entries(SECRET), Reflect.ownKeys(SECRET).map(String)])],
  ['a spread copy', () => inspect({ ...SECRET }, { showHidden: true })],
  ['a structured clone', () => inspect(structuredClone({ SECRET }), { depth: null, showHidden: true })],
  ['a log line’s detail', () => logged((logger) => logger.info('event', { detail: SECRET as unknown as string }))],
  ['a log line’s fields', () => logged((logger) => logger.error('event', SECRET as unknown as LogFields))],
  ['a log line’s name', () => logged((logger) => logger.warn(SECRET as unknown as string, { status: 1 }))],
  [
    'a log line of what holds it',
    () => logged((logger) => logger.debug('event', { url: NESTED as unknown as string })),
  ],
])('a secret is not printed by %s', (_, print) => {
  const printed = print();
  expect(printed).not.toContain('never-be-printed');
  expect(printed).not.toContain(TEXT.slice(0, 8));
});

test('a configuration can be printed without the passwords in it, and holds them all the same', () => {
  const config = readConfig({
    DATABASE_URL: `postgres://latchkey:${TEXT}@db.example.com/latchkey`,
    REDIS_URL: `redis://latchkey:${TEXT}@redis.example.com`,
    LATCHKEY_KEYS: TEXT,
  });
  for (const printed of [
    inspect(config, { depth: null, showHidden: true }),
    JSON.stringify(config),
    format('%o', config),
  ]) {
    expect(printed).toContain('redis.example.com');
    expect(printed).not.toContain('never-be-printed');
  }
  expect(config.servers?.databaseUrl.reveal()).toContain(TEXT);
  expect(config.servers?.redis?.login.password?.reveal()).toBe(TEXT);
});

test('where a text is asked for, it says that something was left out', () => {
  expect([`${SECRET}`, JSON.stringify({ SECRET }), inspect(SECRET)]).toEqual([
    '[redacted]',
    '{"SECRET":"[redacted]"}',
    '[redacted]',
  ]);
});

test('reveal gives the text', () => {
  expect(SECRET.reveal()).toBe(TEXT);
});
