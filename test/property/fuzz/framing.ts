import type { Random } from '../../support/seeded-random.js';
import { bytesOf, type Draft, type FuzzInput } from './input.js';
import { anyOf, oneIn, type World } from './world.js';

interface Framed {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly endsEarly: boolean;
}

/** Puts a request on the wire: mostly as it should be, else framed wrongly, cut off or with bytes changed. */
export function frame(draft: Draft, random: Random, { url }: World): FuzzInput {
  const { caller, method, target, document, session, listening, kind } = draft;
  const framed = oneIn(random, 12) ? misframed(draft.body, random) : wellFramed(draft.body, random);
  const connection = random.pick([
    ['connection', 'close'],
    ['connection', 'close'],
    ['connection', 'keep-alive'],
  ] as const);
  const hasHost = draft.headers.some(([name]) => name === 'host') && !oneIn(random, 4);
  const host = hasHost || oneIn(random, 100) ? [] : [['host', new URL(url).host] as const];
  const version = oneIn(random, 100) ? anyOf(random, ['1.0', '2.0', '0.9', '1.2', '11']) : '1.1';
  const headers = [...host, connection, ...draft.headers, ...framed.headers];
  const bytes = bytesOf({ method, target, headers, body: framed.body }, version);
  if (session !== 'overruled' && oneIn(random, 15)) {
    return { caller, method, target: '', kind: 'bytes changed', bytes: changeBytes(bytes, random), endsEarly: true };
  }
  // Node refuses what has no host, two of them, or another version.
  const isPlain = version === '1.1' && headers.filter(([name]) => name === 'host').length === 1;
  const known = {
    ...(document !== undefined && { document }),
    ...(session !== undefined && { session }),
    ...(listening !== undefined && isPlain && { listening }),
  };
  return { caller, method, target, kind, ...known, bytes, endsEarly: framed.endsEarly };
}

function wellFramed(body: Buffer, random: Random): Framed {
  const isChunked = body.length > 0 && oneIn(random, 6);
  if (isChunked) return { headers: [['transfer-encoding', 'chunked']], body: chunks(body, random), endsEarly: false };
  const headers = body.length === 0 && oneIn(random, 2) ? [] : [['content-length', String(body.length)] as const];
  return { headers, body, endsEarly: false };
}

function chunks(body: Buffer, random: Random): Buffer {
  const at = random.below(body.length) || body.length;
  const parts = [body.subarray(0, at), body.subarray(at)].filter(({ length }) => length > 0);
  const framed = parts.map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  );
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}

/** Framings that leave it open where the body ends, or end before it. */
function misframed(body: Buffer, random: Random): Framed {
  const [length, chunked] = [String(body.length), chunks(body, random)];
  const cut = chunked.subarray(0, random.below(chunked.length));
  const framings: readonly Omit<Framed, 'endsEarly'>[] = [
    { headers: [['content-length', String(body.length + 1 + random.below(1_000))]], body },
    { headers: [['content-length', String(random.below(body.length + 1))]], body },
    {
      headers: [
        ['content-length', length],
        ['content-length', length],
      ],
      body,
    },
    { headers: [['content-length', `+${length}`]], body },
    { headers: [['content-length', '-1']], body },
    { headers: [['content-length', '99999999999999999999']], body },
    { headers: [['content-length', '0x10']], body },
    {
      headers: [
        ['content-length', length],
        ['transfer-encoding', 'chunked'],
      ],
      body: chunked,
    },
    { headers: [['transfer-encoding', 'chunked']], body },
    { headers: [['transfer-encoding', 'chunked']], body: cut },
    { headers: [['transfer-encoding', 'gzip']], body },
    { headers: [['transfer-encoding', 'identity']], body },
    { headers: [['transfer-encoding', 'gzip, chunked']], body: chunked },
    { headers: [['transfer-encoding', 'xchunked']], body: chunked },
    { headers: [], body },
  ];
  return { ...anyOf(random, framings), endsEarly: true };
}

function changeBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(changed.length + 1);
    const [before, behind] = [changed.subarray(0, at), changed.subarray(at)];
    changed = anyOf<() => Buffer>(random, [
      () => before,
      () => Buffer.concat([before, behind.subarray(1 + random.below(20))]),
      () => Buffer.concat([before, Buffer.from([random.below(256)]), behind.subarray(1)]),
      () =>
        Buffer.concat([
          before,
          Buffer.from(anyOf(random, ['\r\n', '\r\n\r\n', '\n', ' ', '\0', ':', 'GET / HTTP/1.1\r\n'])),
          behind,
        ]),
      () => Buffer.concat([before, before.subarray(random.below(before.length + 1)), behind]),
    ])();
  }
  return changed;
}
