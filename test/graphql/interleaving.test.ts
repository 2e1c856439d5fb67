import { expect, test } from 'vitest';
import { type CallerSet, createCallers } from '../support/callers.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { createMachine } from '../support/machine.js';

const ORGANIZATIONS = ['default', 'other'] as const;
const REQUESTS = 500;
const AT_ONCE = 50;

/** What one organisation asks, in turn: lists, single things, introspections of both sides' tokens, and changes. */
function questionsOf(own: CallerSet, foreign: CallerSet, marker: string) {
  const tokens = [own.token, foreign.token, own.token, foreign.token];
  const references = [own.oauth, foreign.oauth].map(({ connectionId: id }) => ({ __typename: 'OAuthConnection', id }));
  const { ADMIN: admin, SUPER_ADMIN: superAdmin } = own.headers;
  const { 'MACHINE by access token': byToken, 'MACHINE by access key': byKey } = own.headers;
  const all = '{ viewer { id organization { id connections { id name secrets { id prefix last4 } } } } }';
  return [
    { headers: admin, query: all },
    { headers: byToken, query: '{ viewer { id organization { id } } }' },
    { headers: byKey, query: '{ viewer { id organization { id } } organization { id } }' },
    {
      headers: byToken,
      query: 'query ($tokens: [String!]!) { introspectTokens(tokens: $tokens) { active clientId } }',
      variables: { tokens },
    },
    {
      headers: admin,
      query:
        'query ($of: [_Any!]!) { _entities(representations: $of) { ... on OAuthConnection { id name clientId } } }',
      variables: { of: references },
    },
    {
      headers: admin,
      query:
        'query ($own: ID!, $foreign: ID!) { own: connection(id: $own) { id name } foreign: connection(id: $foreign) { id name } }',
      variables: { own: own.oauth.connectionId, foreign: foreign.oauth.connectionId },
    },
    { headers: admin, query: '{ auditEvents(first: 20) { edges { node { id target detail } } } }' },
    {
      headers: superAdmin,
      query:
        'mutation ($id: ID!, $name: String!) { renameConnection(id: $id, name: $name) { ... on ConnectionChanged { connection { id name } } } }',
      variables: { id: own.oauth.connectionId, name: `${marker} renamed` },
    },
    {
      headers: superAdmin,
      query:
        'mutation ($id: ID!) { issueToken(connectionId: $id) { ... on AccessToken { accessToken } ... on NotFound { code } } }',
      variables: { id: own.oauth.connectionId },
    },
    {
      headers: superAdmin,
      query: 'mutation ($id: ID!) { disableConnection(id: $id) { __typename ... on NotFound { code } } }',
      variables: { id: foreign.oauth.connectionId },
    },
  ];
}

/** What only this organisation may ever read; what of it answers do show, and what nobody is ever shown. */
async function marksOf(gateway: TestGateway, callers: CallerSet, organizationId: string, marker: string) {
  const { data } = await requestGraphql(gateway.url, {
    headers: callers.headers.SUPER_ADMIN,
    body: {
      query: `mutation { issueToken(connectionId: "${callers.oauth.connectionId}") { ... on AccessToken { accessToken } } }`,
    },
  });
  const { accessToken } = (data as { issueToken: { accessToken: string } }).issueToken;
  const ids = [callers.oauth.connectionId, callers.oauth.clientId, callers.accessKey.connectionId];
  return {
    shown: [marker, `"id":"${organizationId}"`, ...ids, accessToken],
    hidden: [callers.token, callers.oauth.secret, callers.accessKey.secret],
  };
}

test('two organisations that ask at the same time, fifty at once, never read a thing of each other', async () => {
  await using gateway = await startTestGateway();
  const marked: {
    callers: Awaited<ReturnType<typeof createCallers>>;
    marker: string;
    marks: Awaited<ReturnType<typeof marksOf>>;
  }[] = [];
  for (const organizationId of ORGANIZATIONS) {
    const callers = await createCallers(gateway, organizationId);
    const marker = `canary of ${organizationId}`;
    await createMachine(gateway.client(callers.headers.SUPER_ADMIN), 'OAUTH', `${marker} itself`);
    marked.push({ callers, marker, marks: await marksOf(gateway, callers, organizationId, marker) });
  }
  const sides = marked.flatMap((own) =>
    marked
      .filter((other) => other !== own)
      .map((foreign) => ({
        own: own.marks.shown,
        foreign: [...foreign.marks.shown, ...foreign.marks.hidden],
        questions: questionsOf(own.callers, foreign.callers, own.marker),
      })),
  );

  const leaks: string[] = [];
  const seen = new Set<string>();
  let asked = 0;
  const askNext = async (): Promise<void> => {
    while (asked < REQUESTS) {
      const number = asked++;
      const side = sides[number % 2];
      const question = side?.questions[Math.floor(number / 2) % side.questions.length];
      if (side === undefined || question === undefined) throw new Error('no question');
      const { headers, ...body } = question;
      const { status, text } = await requestGraphql(gateway.url, { headers, body });
      if (status !== 200) leaks.push(`${status} ${text}`);
      for (const mark of side.foreign) if (text.includes(mark)) leaks.push(`${mark} in ${text}`);
      for (const mark of side.own) if (text.includes(mark)) seen.add(mark);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askNext));

  expect(leaks).toEqual([]);
  // The search works: each side did read all of its own.
  expect(sides.flatMap(({ own }) => own).filter((mark) => !seen.has(mark))).toEqual([]);
});
