import { expect, test, vi } from 'vitest';
import { createLogger, describeError, type LogFields, type LogLevel } from '../../../src/lib/logger.js';
import { captureLog } from '../../support/captured-log.js';

function logging(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line) => void lines.push(line) });
  return { logger, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is one JSON object with the event, the level, the time and the fields that are allowed', () => {
  const { logger, lines, records } = logging();
  const fields: Required<LogFields> = {
    requestId: 'req',
    method: 'POST',
    route: '/graphql',
    status: 200,
    durationMs: 1.5,
    code: 'INTERNAL',
    detail: 'two\nlines',
    url: 'http://127.0.0.1',
    count: 3,
  };

  logger.info('request', fields);

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  const [record] = records();
  expect(record).toEqual({ ...fields, msg: 'request', level: 30, time: expect.any(String) });
  expect(Date.parse(String(record?.time))).not.toBeNaN();
});

test('a field that is not allowed is dropped, also where a cast let it through', () => {
  const { logger, lines, records } = logging();
  const careless = {
    status: 401,
    authorization: 'Basic leak',
    headers: { cookie: 'leak' },
    body: 'leak',
    variables: { token: 'leak' },
    err: new Error('leak'),
    msg: 'leak',
    level: 'leak',
    constructor: 'leak',
    ['__proto__']: { detail: 'leak' },
    toString: 'leak',
  } as unknown as LogFields;

  for (const write of [logger.debug, logger.info, logger.warn, logger.error]) write('event', careless);

  expect(lines.join('')).not.toContain('leak');
  expect(records().map((record) => Object.keys(record).sort())).toEqual(
    Array(4).fill(['level', 'msg', 'status', 'time']),
  );
});

test('a field is not taken from what the fields inherit', () => {
  const { logger, lines } = logging();
  logger.info('event', Object.create({ detail: 'inherited' }) as LogFields);
  expect(lines.join('')).not.toContain('inherited');
});

test('an error that is handed over as the fields says nothing of itself', () => {
  const { logger, records } = logging();
  logger.error('event', new Error('private') as unknown as LogFields);
  expect(records()).toEqual([{ msg: 'event', level: 50, time: expect.any(String) }]);
});

test.each([
  ['debug', true, ['debug', 'info', 'warn', 'error']],
  ['info', false, ['info', 'warn', 'error']],
  ['warn', false, ['warn', 'error']],
  ['error', false, ['error']],
  ['silent', false, []],
] as const)('at the level %s the events of it and above are written', (level, debugs, written) => {
  const { logger, records } = logging(level);
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each](each);
  expect(records().map(({ msg }) => msg)).toEqual(written);
  expect(logger.debugs).toBe(debugs);
});

test('an unexpected error is described by its stack, and without one by its name and message', () => {
  const error = new TypeError('broken');
  expect(describeError(error)).toBe(error.stack);
  expect(describeError(Object.assign(new TypeError('broken'), { stack: undefined }))).toBe('TypeError: broken');
});

test('what is thrown and no error is not quoted', () => {
  for (const thrown of ['a text', { password: 'x' }, undefined, null]) {
    expect(describeError(thrown)).toBe('a value that is not an Error');
  }
});

test('an outage is written once in a second, with how often it was met, and asks for its fields no more often', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  using _real = { [Symbol.dispose]: () => vi.useRealTimers() };
  const log = captureLog();
  let asked = 0;
  const meet = (event: string) =>
    log.logger.outage(event, () => {
      asked++;
      return { code: 'TEMPORARILY_UNAVAILABLE' };
    });

  for (let time = 0; time < 5; time++) meet('one');
  meet('another');
  vi.advanceTimersByTime(1_000);
  meet('one');

  expect(log.lines.map(({ msg, count }) => [msg, count])).toEqual([
    ['one', 1],
    ['another', 1],
    ['one', 5],
  ]);
  expect(asked).toBe(3);
});
