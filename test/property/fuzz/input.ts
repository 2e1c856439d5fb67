import type { Subject } from './population.js';

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
  /** In one word, for the figures. */
  readonly kind: string;
}

/** A request in the parts that mutations change. */
export interface Draft {
  readonly caller: Subject | undefined;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly document?: string;
  readonly kind: string;
}

export function bytesOf(
  { method, target, headers, body }: Pick<Draft, 'method' | 'target' | 'headers' | 'body'>,
  version = '1.1',
): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // Latin-1: each character is one byte, as in header fields.
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/${version}\r\n${lines}\r\n`, 'latin1'), body]);
}
