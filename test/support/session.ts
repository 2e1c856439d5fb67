import type { Answer } from './rest.js';

/** What a browser sends of a session with a request of the gateway's own page. */
export interface SessionHeaders extends Record<string, string> {
  readonly cookie: string;
  readonly origin: string;
}

/** The session that the answer to a sign-in gives a browser. */
export function sessionOf(answer: Answer, origin: string): SessionHeaders {
  const [set] = answer.headers.getSetCookie();
  const [, cookie] = /^([^=]+=[^;]+)/.exec(set ?? '') ?? [];
  if (cookie === undefined) throw new Error(`no cookie in an answer of ${answer.status}`);
  return { cookie, origin };
}
