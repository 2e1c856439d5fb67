import { expect, test } from 'vitest';
import { baseUrl } from '../../src/base-url.js';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:4100'],
  ['0.0.0.0', 'http://127.0.0.1:4100'],
  ['0', 'http://127.0.0.1:4100'],
  ['::', 'http://[::1]:4100'],
  ['::0', 'http://[::1]:4100'],
  ['0:0:0:0:0:0:0:0', 'http://[::1]:4100'],
  ['::1', 'http://[::1]:4100'],
  ['FD00::1', 'http://[fd00::1]:4100'],
  ['gateway.example', 'http://gateway.example:4100'],
])('a gateway that listens on %s is reached under %s', (host, url) => {
  expect(baseUrl({ publicUrl: undefined, host }, 4100)).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});

test('the public URL, with its path, goes before where the gateway listens', () => {
  const publicUrl = 'https://api.example.com/latchkey';
  for (const host of ['::', 'fe80::1%eth0']) expect(baseUrl({ publicUrl, host }, 0)).toBe(publicUrl);
});

test.each([
  ['a port that only the gateway knows', '127.0.0.1', 0, /^PORT is 0: .* Set LATCHKEY_PUBLIC_URL/],
  ['an address with a zone', 'fe80::1%eth0', 4100, /^HOST cannot stand in a URL\. Set LATCHKEY_PUBLIC_URL/],
])('%s makes no URL, and the refusal says what to set', (_what, host, port, sentence) => {
  expect(() => baseUrl({ publicUrl: undefined, host }, port)).toThrow(sentence);
});
