import { FIRST_SUPER_ADMIN } from '../../../src/domain/sign-in/sign-in.service.js';
import { ViewerDocument, type ViewerQuery } from '../../generated/graphql.js';
import { createGraphqlClient } from '../../support/graphql-client.js';
import type { Answer } from '../../support/rest.js';
import type { Exchange, FuzzInput } from './input.js';
import { ORGANIZATIONS, type Sessions, subjectOf, UNHEARD } from './population.js';
import { sessionCookie } from './presented-sessions.js';
import type { World } from './world.js';

const BEGUN = /^latchkey-session=(lkss_\w{49}); Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/;
const TAKEN_BACK = 'latchkey-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict';

/** Why an answer sets what cookie it sets; undefined where it may: a sign-in's a new session's, a sign-out's none. */
export function cookieFault({ status, headers }: Answer): string | undefined {
  const set = headers.getSetCookie();
  const isRight =
    (set.length === 0 && status !== 303) ||
    (set.length === 1 && status === 303 && BEGUN.test(set[0] ?? '')) ||
    (set.length === 1 && [204, 401].includes(status) && set[0] === TAKEN_BACK);
  return isRight ? undefined : `a ${status} with ${set.length} cookies`;
}

/** Why what came back is not what has to become of an input's session. */
export function fateFault({ session }: FuzzInput, [answer]: readonly Answer[]): string[] {
  if (answer === undefined) return [];
  const { data, errors } = membersOf(answer);
  const hasEffect = data !== undefined || answer.status === 204 || answer.status === 303;
  if (session === 'refused' && hasEffect) return ['a session, or a code, is taken that should be refused'];
  const isRefused = data === undefined && /^(UNAUTHENTICATED|FORBIDDEN)$/.test(errors?.[0]?.extensions.code ?? '');
  return session === 'taken' && isRefused ? ['a good session is refused'] : [];
}

interface GraphqlMembers {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

function membersOf({ text }: Answer): GraphqlMembers {
  try {
    return (JSON.parse(text) as GraphqlMembers | null) ?? {};
  } catch {
    return {};
  }
}

/** An answer's headers without the secret of the session that a sign-in begins, which nothing else may tell. */
export function withoutNewSession(answer: Answer): readonly (readonly [string, string])[] {
  return [...answer.headers].filter(([name]) => name !== 'set-cookie' || begunBy(answer) === undefined);
}

function begunBy({ status, headers }: Answer): string | undefined {
  const [, secret] = (status === 303 && BEGUN.exec(headers.getSetCookie().join())) || [];
  return secret;
}

/** The secrets of the sessions that inputs have begun, by names for them. */
export function begunSessions(exchanges: readonly Exchange[]): Record<string, string> {
  const begun = exchanges.flatMap(({ received }) => received.answers.map(begunBy)).filter((each) => each !== undefined);
  return Object.fromEntries(begun.map((secret, index) => [`new session ${index + 1}`, secret]));
}

/** Each of an organisation's sessions by its name. */
export function sessionSecrets({ departing, ...sessions }: Sessions): Record<string, string> {
  const named = Object.entries({ ...sessions, here: departing[0], there: departing[1] });
  return Object.fromEntries(named.map(([name, secret]) => [`session ${name}`, secret]));
}

/** What is wrong with the sessions behind a batch: each is its user's until somebody was told of its end, and nobody's then. */
export async function sessionFaults(exchanges: readonly Exchange[], world: World): Promise<string[]> {
  const begun = Object.values(begunSessions(exchanges));
  const all = ORGANIZATIONS.map((each) => world.inhabitants[each].sessions);
  const known = new Set(all.flatMap((sessions) => Object.values(sessionSecrets(sessions))));
  const ended = new Set([...all.map((sessions) => sessions.ended), ...toldToHaveEnded(exchanges)]);
  const living = [
    ...all.flatMap(({ SUPER_ADMIN, ADMIN, unheard }): [string, string][] => [
      [SUPER_ADMIN, subjectOf('SUPER_ADMIN')],
      [ADMIN, subjectOf('ADMIN')],
      [unheard, UNHEARD],
    ]),
    ...begun.map((secret): [string, string] => [secret, FIRST_SUPER_ADMIN]),
  ];
  const faults = await Promise.all([
    ...living.map(async ([secret, subject]) => {
      const found = await viewerOf(world.url, secret);
      return found === subject || found === 'RATE_LIMITED' ? [] : [`the session of ${subject} is ${found}’s`];
    }),
    ...Array.from(ended, async (secret) => {
      const found = await viewerOf(world.url, secret);
      return found === 'UNAUTHENTICATED' || found === 'RATE_LIMITED' ? [] : [`an ended session is ${found}’s`];
    }),
  ]);
  return [
    ...faults.flat(),
    ...(begun.some((secret) => known.has(secret)) ? ['a sign-in gives a session that was there'] : []),
    ...ORGANIZATIONS.map((each) => world.inhabitants[each])
      .flatMap(({ signInCode, foreignCode }) => [signInCode, foreignCode])
      .flatMap((code) => (signInsBy(code, exchanges) > 1 ? ['a link works twice'] : [])),
  ];
}

/** How many sessions a link has begun. */
function signInsBy(code: string, exchanges: readonly Exchange[]): number {
  const inputs = exchanges.filter(({ input }) => input.bytes.includes(code));
  return Object.keys(begunSessions(inputs)).length;
}

/** The secrets of the sessions that somebody was told are signed out. */
export function toldToHaveEnded(exchanges: readonly Exchange[]): string[] {
  return exchanges.flatMap(({ input: { session }, received }) =>
    typeof session === 'object' && received.answers[0]?.status === 204 ? [session.ends] : [],
  );
}

/** Whose a session is, or the code of its refusal. */
async function viewerOf(url: string, secret: string): Promise<string> {
  const client = createGraphqlClient(url, { cookie: sessionCookie(secret), origin: url });
  const { data, errors } = await client.send<ViewerQuery>(ViewerDocument.toString());
  return data?.viewer?.id ?? errors?.[0]?.extensions.code ?? 'nobody';
}
