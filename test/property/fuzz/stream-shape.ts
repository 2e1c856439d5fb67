import type { Answer } from '../../support/rest.js';
import { resultFault } from './graphql-shape.js';

/** What a stream says besides the signs of life, in order; undefined where its text is none of events. */
interface Told {
  readonly results: readonly unknown[];
  /** How often it has shown that it is there, the first time at its beginning. */
  readonly beats: number;
  readonly isComplete: boolean;
}

const MULTIPART = /^multipart\/mixed;boundary="(\w+)";subscriptionSpec=1\.0$/;

/** Why a stream is not as clients read it; undefined for one that is. */
export function streamFault({ status, headers, text }: Answer): string | undefined {
  if (status !== 200) return `a stream with status ${status}`;
  if (headers.get('x-accel-buffering') !== 'no') return 'a stream that proxies hold back';
  if (headers.has('content-length')) return 'a stream with a length';
  const told = toldBy({ headers, text });
  if (told === undefined) return `no stream of ${headers.get('content-type')}`;
  if (told.beats === 0) return 'a stream without a beginning';
  return told.results.map(resultFault).find((fault) => fault !== undefined);
}

/** Reads the events of a stream, as far as it has come; undefined where they are not written as its type has it. */
export function toldBy({ headers, text }: Pick<Answer, 'headers' | 'text'>): Told | undefined {
  const type = headers.get('content-type') ?? '';
  const [, boundary] = MULTIPART.exec(type) ?? [];
  try {
    if (boundary !== undefined) return readParts(text, boundary);
    return type === 'text/event-stream; charset=utf-8' ? readEvents(text) : undefined;
  } catch {
    return undefined;
  }
}

const COMPLETE = 'event: complete\ndata:';
const NEXT = 'event: next\ndata: ';

function readEvents(text: string): Told | undefined {
  const events = text.split('\n\n');
  // Behind the last event stands nothing.
  if (events.pop() !== '' || events[0] !== ':') return undefined;
  const isComplete = events.at(-1) === COMPLETE;
  const news = events.slice(0, isComplete ? -1 : undefined).filter((event) => event !== ':');
  if (!news.every((event) => event.startsWith(NEXT))) return undefined;
  const results = news.map((event): unknown => JSON.parse(event.slice(NEXT.length)));
  return { results, beats: events.filter((event) => event === ':').length, isComplete };
}

function readParts(text: string, boundary: string): Told | undefined {
  const [preamble, ...parts] = text.split(`\r\n--${boundary}`);
  const epilogue = parts.pop();
  if (preamble !== '' || (epilogue !== '' && epilogue !== '--\r\n')) return undefined;
  const head = '\r\ncontent-type: application/json\r\n\r\n';
  if (!parts.every((part) => part.startsWith(head))) return undefined;
  const bodies = parts.map((part) => JSON.parse(part.slice(head.length)) as { readonly payload?: unknown });
  const isKnown = bodies.every((body) => Object.keys(body).every((member) => member === 'payload'));
  if (!isKnown || bodies[0]?.payload !== undefined) return undefined;
  const results = bodies.map(({ payload }) => payload).filter((payload) => payload !== undefined);
  return { results, beats: bodies.length - results.length, isComplete: epilogue !== '' };
}
