import { ApolloClient, type ApolloLink, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { parse } from 'graphql';
import { createClient as createWebSocketClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../support/raw-http.js';
import { type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

const linkOptions = () => ({ uri: shown.url, headers: shown.superAdmin });
const apolloWith = (link: ApolloLink, more: Partial<ApolloClient.Options> = {}) =>
  new ApolloClient({ link, cache: new InMemoryCache(), ...more });

test.each([1, 2])('a batch of %i of Apollo’s BatchHttpLink is refused, in words that say what to do', async (count) => {
  const client = apolloWith(new BatchHttpLink(linkOptions()));
  const asked = ['query A { viewer { id } }', 'query B { viewer { role } }'].slice(0, count);
  const answers = await Promise.allSettled(asked.map((query) => client.query({ query: parse(query) })));

  const reasons = answers.map((answer) => (answer.status === 'rejected' ? answer.reason : 'no refusal'));
  // The link's own message says a status alone; it gives the answer along.
  const told = reasons.map((reason) => (ServerError.is(reason) ? reason.bodyText : String(reason)));
  for (const each of told) expect(each).toMatch(/Batches are off; send each operation by itself/);
});

test('@defer is refused, in words that say what to do', async () => {
  const query = parse('query Deferred { viewer { id ... @defer { role } } }');
  const client = apolloWith(new HttpLink(linkOptions()), { incrementalHandler: new Defer20220824Handler() });

  await expect(client.query({ query })).rejects.toThrow('Answers come whole here: remove @defer.');
});

describe('a WebSocket is refused, in words that say what to do instead,', () => {
  test.each([true, false])('whether or not its handshake has a credential: %s', async (hasCredential) => {
    const { status, text } = await sendRaw(shown.gateway.url, {
      method: 'GET',
      target: '/graphql',
      headers: [
        ['connection', 'Upgrade'],
        ['upgrade', 'websocket'],
        ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['sec-websocket-version', '13'],
        ['sec-websocket-protocol', 'graphql-transport-ws'],
        ...(hasCredential ? [['authorization', shown.superAdmin.authorization] as [string, string]] : []),
      ],
    });

    expect([status, text]).toEqual([
      400,
      expect.stringMatching(/no WebSockets.*subscribe over HTTP, with Accept: text\/event-stream/),
    ]);
  });

  test('and graphql-ws is told of it as of a connection that failed, at once', async () => {
    const client = createWebSocketClient({ url: shown.url.replace('http', 'ws'), retryAttempts: 0 });
    const events = client.iterate({ query: '{ viewer { id } }' });

    await expect(events.next()).rejects.toHaveProperty('type', 'error');
  });
});
