import type { FormattedExecutionResult } from 'graphql';
import { readWeights, weightOf } from './media-type.js';

/** How the events of a subscription are written. */
export interface StreamForm {
  readonly contentType: string;
  /** Comes first, so that clients and proxies see that the subscription stands. */
  readonly opening: string;
  event(result: FormattedExecutionResult): string;
  readonly heartbeat: string;
  readonly ending: string;
}

/** Server-sent events as the GraphQL over SSE protocol's distinct connections mode names them. */
export const EVENT_STREAM: StreamForm = {
  contentType: 'text/event-stream; charset=utf-8',
  opening: ':\n\n',
  event: (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`,
  heartbeat: ':\n\n',
  ending: 'event: complete\ndata:\n\n',
};

const BOUNDARY = '--graphql';
/** A part counts as ended when the next boundary comes, so each part brings that along. */
const partOf = (body: unknown) => `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(body)}\r\n${BOUNDARY}`;

/** Apollo's multipart protocol for subscriptions over HTTP, version 1.0. */
export const MULTIPART: StreamForm = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  opening: `\r\n${BOUNDARY}${partOf({})}`,
  event: (payload) => partOf({ payload }),
  heartbeat: partOf({}),
  ending: '--\r\n',
};

const NAMES_PROTOCOL = /;\s*subscriptionSpec\s*=\s*"?1\.0"?\s*(;|$)/i;

/**
 * The form of a stream that an `Accept` header asks for, by its weights (RFC 9110 section 12.5.1): server-sent events
 * where it has no preference, or there is none; undefined where it accepts neither form. `multipart/mixed` alone asks for
 * incremental delivery, which is another protocol.
 */
export function negotiateStreamForm(accept: string | undefined): StreamForm | undefined {
  if (accept === undefined || accept.trim() === '') return EVENT_STREAM;
  const events = weightOf('text/event-stream', readWeights(accept));
  const named = accept.split(',').filter((range) => NAMES_PROTOCOL.test(range));
  const multipart = readWeights(named.join(',')).get('multipart/mixed') ?? 0;
  if (events === 0 && multipart === 0) return undefined;
  return events >= multipart ? EVENT_STREAM : MULTIPART;
}
