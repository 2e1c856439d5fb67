import { setTimeout as delay } from 'node:timers/promises';
import { IntrospectTokenDocument, RenameConnectionDocument } from '../generated/graphql.js';
import type { GraphqlClient } from './graphql-client.js';
import { type WorkingMachine, workOf } from './machine-work.js';
import { type Answer, authorizationOf, COMPATIBLE, introspect, post, postForm, STANDARD, send } from './rest.js';
import { isUnavailable, type Work } from './steady-load.js';

/** Between the requests of one client. */
const PACE_MS = 30;
/** What is revoked is remembered for a day, by each replica: as many as a busy day has are enough. */
const REVOKE_PACE_MS = 2_000;

export interface MixedWorkPlan {
  readonly url: string;
  readonly metricsUrl: string;
  /** Another replica, which is asked of what this one has revoked. */
  readonly otherUrl: string;
  readonly boundMs: number;
  readonly machines: readonly [WorkingMachine, ...WorkingMachine[]];
  /** The super admin, at this replica, of the first machine's organisation. */
  readonly admin: GraphqlClient;
}

/** What all kinds of callers send to one replica, some of it wrong. Redis may lose tokens; whoever is refused is told when to come back. */
export function mixedWorkOf(plan: MixedWorkPlan): Work[] {
  return [
    ...workOf(plan.url, plan.machines, { mayLoseTokens: true }),
    ...workOfAdmin(plan),
    ...badWork(plan),
    { name: 'scraping metrics', send: () => send(plan.metricsUrl) },
  ]
    .map((work) => paced(work, PACE_MS))
    .concat(paced(revoking(plan), REVOKE_PACE_MS));
}

function workOfAdmin({ admin, machines: [{ machine, live }] }: MixedWorkPlan): Work[] {
  const ask = async (document: unknown, variables?: unknown): Promise<Answer> => {
    const { status, headers, data, errors } = await admin.send(String(document), variables);
    return { status, headers, text: JSON.stringify({ data, errors }) };
  };
  const hasData = ({ text }: Answer) => (text.includes('"errors"') ? text : undefined);
  return [
    {
      name: 'introspecting over GraphQL',
      send: () => ask(IntrospectTokenDocument, { token: live }),
      wrongWith: hasData,
    },
    {
      name: 'renaming a connection',
      send: () => ask(RenameConnectionDocument, { id: machine.connectionId, name: `name ${performance.now()}` }),
      wrongWith: hasData,
    },
    {
      name: 'sending half of a query',
      send: () => ask('{'),
      wrongWith: ({ text }) => (text.includes('"GRAPHQL_PARSE_FAILED"') ? undefined : text),
    },
  ];
}

function badWork({ url, machines: [{ machine }] }: MixedWorkPlan): Work[] {
  return [
    {
      name: 'presenting a wrong secret',
      send: () => post(`${url}${COMPATIBLE.token}`, authorizationOf({ ...machine, secret: 'wrong' })),
      statuses: [401, 429],
    },
    { name: 'sending half of a body', send: () => introspect(url, machine, '{"access_token":'), statuses: [400] },
    { name: 'asking for what is not there', send: () => send(`${url}/nothing`), statuses: [404] },
  ];
}

/** Takes a token, lets the other replica learn of it, revokes it here, and asks the other one when the bound is over. */
function revoking({ url, otherUrl, boundMs, machines: [{ machine }] }: MixedWorkPlan): Work {
  return {
    name: 'introspecting what the other has just revoked',
    send: async () => {
      const issued = await post(`${url}${COMPATIBLE.token}`, authorizationOf(machine));
      if (issued.status !== 200) return issued;
      const { access_token: token } = JSON.parse(issued.text) as { access_token: string };
      const known = await introspect(otherUrl, machine, { access_token: token });
      if (known.status !== 200) return known;
      const revoked = await postForm(`${url}${STANDARD.revoke}`, { token }, authorizationOf(machine));
      if (revoked.status !== 200) return revoked;
      await delay(boundMs);
      return introspect(otherUrl, machine, { access_token: token });
    },
    wrongWith: ({ text }) => (text.includes('"active":true') ? 'A REVOKED TOKEN IS ACTIVE' : undefined),
  };
}

function paced(work: Work, everyMs: number): Work {
  return {
    ...work,
    // In a quick minute they ask for more calls than there are.
    statuses: [...(work.statuses ?? [200]), 429],
    wrongWith: (answer) => (isLimited(answer) ? undefined : work.wrongWith?.(answer)),
    send: async () => {
      await delay(everyMs);
      const answer = await work.send();
      if ((answer.status === 429 || isUnavailable(answer)) && !answer.headers.has('retry-after')) {
        throw new Error(`${answer.status} without Retry-After: ${answer.text}`);
      }
      return answer;
    },
  };
}

function isLimited({ status, text }: Answer): boolean {
  return status === 429 || text.includes('"code":"RATE_LIMITED"');
}
