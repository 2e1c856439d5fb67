import type { Random } from '../../support/seeded-random.js';
import type { Received } from './answer-stream.js';
import type { Subject } from './population.js';
import type { World } from './world.js';

/**
 * What has to become of the session that a request presents, where that is certain; `ends`: the one that a 204 has ended.
 * One that is overruled by somebody else's credential would be taken without it, so nothing is changed there.
 */
export type Fate = 'taken' | 'refused' | 'overruled' | { readonly ends: string };

/** What a valid subscription has to be answered with, where that is certain. */
export interface Listening {
  readonly who: 'listener' | 'machine' | 'nobody';
  /** The media type that the client asks for; undefined where it asks for none that streams have. */
  readonly form: 'text/event-stream' | 'multipart/mixed' | undefined;
}

/** One request, or what is meant to be none, and what the oracle has to know of it. */
export interface FuzzInput {
  /** Who sends it; undefined for what bears no credential that is good. */
  readonly caller: Subject | undefined;
  readonly method: string;
  readonly target: string;
  /** What goes over the wire. */
  readonly bytes: Buffer;
  /** It breaks off, or may: whoever hangs up in the middle is owed no answer. */
  readonly endsEarly: boolean;
  /** The document of a request that is a GraphQL request and nothing else. */
  readonly document?: string;
  readonly session?: Fate;
  readonly listening?: Listening;
  /** In one word, for the figures. */
  readonly kind: string;
}

/** An input and what came back. */
export interface Exchange {
  readonly input: FuzzInput;
  readonly received: Received;
  /** How an answer that is a stream ended: by its last word, by the gateway, or by whoever hung up. */
  readonly ending?: 'complete' | 'cut' | 'left';
}

/** A request in the parts that mutations change. */
export interface Draft {
  readonly caller: Subject | undefined;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly document?: string;
  readonly session?: Fate;
  readonly listening?: Listening;
  readonly kind: string;
}

export type MakeDraft = (random: Random, world: World) => Draft;

/** A request with a body in text, or none. */
export function draft(
  kind: string,
  {
    body = '',
    headers = [],
    ...rest
  }: Omit<Draft, 'kind' | 'body' | 'headers'> & Partial<Pick<Draft, 'headers'>> & { readonly body?: string },
): Draft {
  return { ...rest, headers, body: Buffer.from(body), kind };
}

export function bytesOf(
  { method, target, headers, body }: Pick<Draft, 'method' | 'target' | 'headers' | 'body'>,
  version = '1.1',
): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // Latin-1: each character is one byte, as in header fields.
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/${version}\r\n${lines}\r\n`, 'latin1'), body]);
}
