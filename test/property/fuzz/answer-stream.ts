import type { Answer } from '../../support/rest.js';

/** What came back on one connection. */
export interface Received {
  /** In their order, without interim ones (100 Continue). */
  readonly answers: readonly Answer[];
  /** What stands behind the last whole answer: nothing, unless an answer broke off or something else was sent. */
  readonly rest: Buffer;
  /** The last answer is a stream that goes on. */
  readonly isStreaming: boolean;
}

/** Whether an answer's body is a stream of events. */
export function isStream({ headers }: Pick<Answer, 'headers'>): boolean {
  return /^(text\/event-stream|multipart\/)/.test(headers.get('content-type') ?? '');
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads the answers of a connection by their framing (RFC 9112 section 6.3); `method` is that of the first request. */
export function readAnswers(bytes: Buffer, method: string): Received {
  const answers: Answer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf(HEAD_END);
    const head = end < 0 ? undefined : readHead(rest.toString('latin1', 0, end));
    if (head === undefined) break;
    const behind = rest.subarray(end + HEAD_END.length);
    if (head.status < 200) {
      rest = behind;
      continue;
    }
    // An answer to HEAD has no body, but one to what only begins like HEAD has.
    const isOfHead = method === 'HEAD' && answers.length === 0 && (behind.length === 0 || isHead(behind));
    if (!isOfHead && isStream(head)) {
      const { chunks, length } = readStream(behind, head.headers);
      answers.push({ ...head, text: chunks.toString('utf8') });
      if (length === undefined) return { answers, rest: Buffer.alloc(0), isStreaming: true };
      rest = behind.subarray(length);
      continue;
    }
    const hasNoBody = isOfHead || head.status === 204 || head.status === 304;
    const body = hasNoBody ? { text: '', length: 0 } : readBody(behind, head.headers);
    if (body === undefined) break;
    answers.push({ ...head, text: body.text });
    rest = behind.subarray(body.length);
  }
  return { answers, rest, isStreaming: false };
}

function isHead(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 9) === 'HTTP/1.1 ';
}

function readHead(text: string): Pick<Answer, 'status' | 'headers'> | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) [A-Z][\w ']*$/i.exec(statusLine) ?? [];
  if (status === undefined) return undefined;
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), headers: new Headers(pairs) };
}

/** A body and how many bytes it took; undefined for one that is not whole. */
function readBody(bytes: Buffer, headers: Headers): { text: string; length: number } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(bytes);
  const length = Number(headers.get('content-length') ?? 'none');
  if (!(length <= bytes.length)) return undefined;
  return { text: bytes.toString('utf8', 0, length), length };
}

function readChunks(bytes: Buffer): { text: string; length: number } | undefined {
  const { chunks, length } = wholeChunks(bytes);
  return length === undefined ? undefined : { text: chunks.toString('utf8'), length };
}

/** What has come of a stream: of one in chunks, each of which was written at once, the whole ones. */
function readStream(bytes: Buffer, headers: Headers): { chunks: Buffer; length: number | undefined } {
  if (headers.get('transfer-encoding') === 'chunked') return wholeChunks(bytes);
  // HTTP/1.0 has no chunks, so that what came last may be a part of an event.
  const end = Math.max(endOfLast('\n\n', bytes), endOfLast('--graphql', bytes), endOfLast('--graphql--\r\n', bytes));
  return { chunks: bytes.subarray(0, end), length: undefined };
}

function endOfLast(mark: string, bytes: Buffer): number {
  const at = bytes.lastIndexOf(mark);
  return at < 0 ? 0 : at + mark.length;
}

/** The whole chunks together, and how many bytes they took if the last one is among them. */
function wholeChunks(bytes: Buffer): { chunks: Buffer; length: number | undefined } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const begin = lineEnd + 2;
    if (!(begin + size + 2 <= bytes.length)) return { chunks: Buffer.concat(chunks), length: undefined };
    chunks.push(bytes.subarray(begin, begin + size));
    at = begin + size + 2;
    if (size === 0) return { chunks: Buffer.concat(chunks), length: at };
  }
}
