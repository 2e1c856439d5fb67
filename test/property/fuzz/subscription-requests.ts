import type { GraphQLSchema } from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import type { Draft, Listening } from './input.js';
import { operationParams, type Params, searchOf } from './operation-params.js';
import { type Presented, presentBearer, presentClient } from './presented-credentials.js';
import { ownOrigin, presentSession, sessionCookie } from './presented-sessions.js';
import { anyOf, canary, oneIn, someone, type World } from './world.js';

type Form = Listening['form'] | 'uncertain';

const EVENTS = 'text/event-stream';
const MULTIPART = 'multipart/mixed';
const SPEC = 'multipart/mixed;subscriptionSpec=1.0';

/** What clients say that they accept, and the form of the stream that they have to get then. */
const ACCEPTS: readonly (readonly [accept: string | undefined, form: Form])[] = [
  [undefined, EVENTS],
  ['', EVENTS],
  ['text/event-stream', EVENTS],
  ['text/event-stream', EVENTS],
  ['TEXT/Event-Stream; charset=utf-8', EVENTS],
  ['*/*', EVENTS],
  ['text/*;q=0.1, application/json', EVENTS],
  ['application/graphql-response+json, application/json, text/event-stream;q=0.5', EVENTS],
  [SPEC, MULTIPART],
  [SPEC, MULTIPART],
  ['multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json', MULTIPART],
  ['application/json, Multipart/Mixed; SubscriptionSpec="1.0"; q=0.3', MULTIPART],
  [`text/event-stream;q=0, ${SPEC}`, MULTIPART],
  [`${SPEC}, text/event-stream;q=0.9`, MULTIPART],
  [`${SPEC}, text/event-stream`, EVENTS],
  [`${SPEC};q=0.4, */*;q=0.8`, EVENTS],
  ['multipart/mixed', undefined],
  ['multipart/mixed;subscriptionSpec=2.0', undefined],
  [`${SPEC};q=0`, undefined],
  ['application/json', undefined],
  ['text/event-stream;q=0', undefined],
  ['text/event-stream;q=0, */*', undefined],
  ['*/*;q=0', undefined],
  ['text/event-streams, text', undefined],
  [',;=', undefined],
  ['text/event-stream;q=.', 'uncertain'],
  ['text/event-stream;q=1.0.0, application/json', 'uncertain'],
  [`${SPEC};q=..`, 'uncertain'],
  ['text/html, text/event-stream', 'uncertain'],
];

/** How many of these, from the first on, are of clients that read streams. */
const READING = ACCEPTS.findIndex(([, form]) => form === undefined);

/** A subscription as it should be, or nearly, by POST or GET, as anybody, in any form. */
export function subscriptionRequest(schema: GraphQLSchema, random: Random, world: World): Draft {
  const { caller, headers, session, who } = presentListener(random, world);
  const own = caller === undefined ? world : { ...world, speaker: caller.organizationId };
  const { kind, params } = operationParams(schema, random, own, 'subscription');
  const [accepted, form] = acceptable(random, world);
  const accept = accepted === undefined ? [] : [['accept', accepted] as const];
  const document = typeof params.query === 'string' ? { document: params.query } : {};
  const isCertain = form !== 'uncertain' && who !== undefined && runs(kind, params, world);
  const said = { caller, kind, ...document, ...(session !== undefined && { session }) };
  const listening = (as: Listening['who'] | undefined) =>
    isCertain && as !== undefined ? { listening: { who: as, form } } : {};
  const target = `/graphql?${searchOf(params)}`;
  if (oneIn(random, 4) && target.length < 12_000) {
    // No GET takes a session, nor looks further without a credential in a header.
    const byGet = session !== 'taken' ? said : { ...said, caller: undefined, session: 'refused' as const };
    const isHeard = who !== 'nobody' && session === undefined;
    return {
      ...byGet,
      ...(isHeard ? listening(who) : {}),
      method: 'GET',
      target,
      headers: [...headers, ...accept],
      body: Buffer.alloc(0),
    };
  }
  return {
    ...said,
    ...listening(who),
    method: 'POST',
    target: '/graphql',
    headers: [['content-type', 'application/json'], ...headers, ...accept],
    body: Buffer.from(JSON.stringify(params)),
  };
}

/** An `Accept`, mostly of a client that reads streams. */
function acceptable(random: Random, world: World): readonly [accept: string | undefined, form: Form] {
  if (oneIn(random, 30)) return [canary(random, world), undefined];
  return anyOf(random, oneIn(random, 2) ? ACCEPTS : ACCEPTS.slice(0, READING));
}

/** Whether a document is valid and, where that matters, registered. */
function runs(kind: string, { query, documentId }: Params, { documents }: World): boolean {
  if (kind === 'valid subscription') return documents.size === 0;
  const isText = typeof query === 'string' && [...documents.values()].includes(query);
  return kind === 'registered subscription' && (isText || (query === undefined && documentId !== undefined));
}

/** Headers of somebody who may listen or may not; `who`, where that is certain. */
function presentListener(random: Random, world: World): Presented & { readonly who?: Listening['who'] } {
  const one = someone(random, world);
  const { organizationId, bearers, token, accessKey } = one;
  const bearer = (text: string) => ['authorization', `Bearer ${text}`] as const;
  const kind = random.below(12);
  if (kind < 5) {
    const role = anyOf(random, ['ADMIN', 'SUPER_ADMIN'] as const);
    return { caller: { organizationId, role }, headers: [bearer(bearers[role])], who: 'listener' };
  }
  if (kind === 5) return { caller: undefined, headers: [], who: 'nobody' };
  if (kind === 6) {
    const headers = [oneIn(random, 2) ? bearer(token) : (['accesskey', accessKey.secret] as const)];
    return { caller: { organizationId, role: 'MACHINE' }, headers, who: 'machine' };
  }
  if (kind === 7) {
    if (oneIn(random, 2)) return presentClient(random, world);
    // An admin's that may be signed out before, meanwhile or never.
    const cookie = sessionCookie(anyOf(random, one.sessions.departing));
    return { caller: { organizationId, role: 'ADMIN' }, headers: [['cookie', cookie], ...ownOrigin(random, world)] };
  }
  if (kind < 10) return presentBearer(random, world);
  const presented = presentSession(random, world);
  return presented.session === 'taken' ? { ...presented, who: 'listener' } : presented;
}
