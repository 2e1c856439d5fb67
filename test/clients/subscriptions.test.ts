import { CombinedGraphQLErrors } from '@apollo/client';
import { type DocumentNode, parse, print } from 'graphql';
import { createClient as createEventClient, type NetworkError } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DisableConnectionDocument, EnableConnectionDocument } from '../generated/graphql.js';
import { documentOf } from '../support/documented-operations.js';
import { until } from '../support/until.js';
import { FOLLOWERS, type Told } from './followers.js';
import { type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

const SUBSCRIPTION = documentOf('ConnectionChanged');
const UNKNOWN = parse('subscription { connectionChanged { nothing } }');

async function change(): Promise<void> {
  const { connectionId: id } = shown.machine;
  await shown.gateway.client().run(DisableConnectionDocument, { id });
  await shown.gateway.client().run(EnableConnectionDocument, { id });
}

describe.each(Object.entries(FOLLOWERS))('%s', (_name, follow) => {
  test('is told of changes, with the fields of fragments', async () => {
    const told: Told[] = [];
    const { url, superAdmin: headers } = shown;
    const leave = follow({ url, headers, document: SUBSCRIPTION, onTold: (each) => told.push(each) });
    const statuses = () =>
      told.map(
        ({ data }) =>
          (data as { connectionChanged?: { connection: { status: string } } })?.connectionChanged?.connection.status,
      );
    // A change before the subscription stands is told to nobody, so the first may be missed.
    await until('a change is told', async () => {
      await change();
      return statuses().includes('ACTIVE');
    });
    leave();

    expect(told.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(told.at(-1)?.data).toMatchObject({
      connectionChanged: {
        connectionId: shown.machine.connectionId,
        connection: {
          __typename: 'OAuthConnection',
          clientId: shown.machine.clientId,
          secrets: [{ state: 'CURRENT' }],
        },
        change: { actor: 'user:tester' },
      },
    });
  });
});

const refusalBy = (name: keyof typeof FOLLOWERS, headers: Record<string, string>, document: DocumentNode) =>
  new Promise<unknown>((resolve) => {
    FOLLOWERS[name]({ url: shown.url, headers, document, onTold: ({ error }) => resolve(error) });
  });

describe('a refusal reaches', () => {
  test.each([
    ['an unknown bearer', () => shown.unknown, SUBSCRIPTION, 'UNAUTHENTICATED'],
    ['an unknown field', () => shown.admin, UNKNOWN, 'GRAPHQL_VALIDATION_FAILED'],
  ])('Apollo Client with its code, for %s', async (_what, headers, document, code) => {
    const error = await refusalBy('Apollo Client over its HttpLink', headers(), document);
    expect(CombinedGraphQLErrors.is(error) && error.errors[0]?.extensions?.code).toBe(code);
  });

  test('urql with its code', async () => {
    const error = await refusalBy('urql with fetchSubscriptions', shown.unknown, SUBSCRIPTION);
    expect(error).toMatchObject({ graphQLErrors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('the client of graphql-sse as the status and the answer', async () => {
    const { url, unknown: headers } = shown;
    const events = createEventClient({ url, headers, retryAttempts: 0 });
    const error = await events
      .iterate({ query: print(SUBSCRIPTION) })
      .next()
      .catch((thrown) => thrown);
    const { response } = error as NetworkError<Response>;
    expect([response?.status, await response?.text()]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
  });
});
