import { parse } from 'graphql';
import { isStream } from './answer-stream.js';
import type { Exchange, FuzzInput } from './input.js';
import { toldBy } from './stream-shape.js';

/** Why an answer is none that this caller may have to this subscription. */
export function listeningFaults({ input, received, ending }: Exchange): string[] {
  const streams = received.answers.filter(isStream);
  return [
    ...(streams.length > 0 && !mayListen(input) ? ['a stream for whoever may not listen'] : []),
    ...streams.flatMap((stream) => formFault(input, stream.headers.get('content-type') ?? '')),
    ...(ending === 'cut' && !input.endsEarly ? ['a stream is cut'] : []),
    ...(ending === 'complete' ? streams.flatMap((stream) => endingFault(input, toldBy(stream)?.results.at(-1))) : []),
    ...expectedFault({ input, received }),
  ];
}

function mayListen({ caller, session }: FuzzInput): boolean {
  return (caller?.role === 'ADMIN' || caller?.role === 'SUPER_ADMIN') && session !== 'refused';
}

/** Nobody gets parts who has not named their protocol. */
function formFault({ bytes }: FuzzInput, type: string): string[] {
  const isNamed = /subscriptionSpec/i.test(bytes.toString('latin1'));
  return type.startsWith('multipart/') && !isNamed ? ['a form that nobody asked for'] : [];
}

/** Only a credential that is no longer good ends a stream for good. */
function endingFault({ listening }: FuzzInput, last: unknown): string[] {
  if (listening?.who === 'listener') return ['a good listener is told to leave'];
  const { data, errors } = (last ?? {}) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  const isRefusal = data === null && errors?.[0]?.extensions.code === 'UNAUTHENTICATED';
  return isRefusal ? [] : ['a stream ends without a reason'];
}

/** Why a subscription may be refused that is valid and of somebody who may listen. */
const BY_RIGHT = /Split it|repeats more fields|You have 20 subscriptions open|must be a (whole number|cursor)/;

function expectedFault({ input, received }: Exchange): string[] {
  const [answer] = received.answers;
  const { listening, endsEarly, document = '' } = input;
  if (listening === undefined || endsEarly || answer === undefined) return [];
  const { status, text, headers } = answer;
  const { who, form } = listening;
  // What is too long to be parsed is for nobody to tell from a query.
  if (status === 406 && isTooLong(document)) return [];
  if (form !== undefined && status === 400 && BY_RIGHT.test(text)) return [];
  const isRight =
    (form === undefined && status === 406) ||
    (form !== undefined && who === 'nobody' && status === 401) ||
    // Super admins may have taken its credential away.
    (form !== undefined && who === 'machine' && (status === 403 || status === 401)) ||
    (who === 'listener' && form !== undefined && (headers.get('content-type')?.startsWith(form) || status === 429));
  return isRight ? [] : [`a ${status} for a ${who} who accepts ${form ?? 'no stream'}`];
}

function isTooLong(document: string): boolean {
  try {
    parse(document, { maxTokens: 2_500 });
    return false;
  } catch {
    return true;
  }
}
