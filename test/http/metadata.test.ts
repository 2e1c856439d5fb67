import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startTestGateway } from '../support/gateway.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { listeningUrlOf } from '../support/listening-url.js';
import { createMachine, requestToken } from '../support/machine.js';
import { authorizationOf, JSON_TYPE, jsonOf, METADATA, postForm, STANDARD, send, UUID } from '../support/rest.js';

function describedUnder(issuer: string): object {
  const methods = ['client_secret_basic', 'client_secret_post'];
  return {
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    introspection_endpoint: `${issuer}/oauth2/introspect`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    scopes_supported: ['m2m:introspect'],
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: [...methods, 'Bearer'],
    revocation_endpoint_auth_methods_supported: methods,
  };
}

test('the metadata is what RFC 8414 asks for, under the address that the gateway listens on', async () => {
  await using gateway = await startTestGateway();
  const answer = await send(`${gateway.url}${METADATA}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(answer.headers.get('x-request-id')).toMatch(UUID);
  expect(jsonOf(answer)).toEqual(describedUnder(gateway.url));
});

test('the metadata and the issuer of tokens are LATCHKEY_PUBLIC_URL where that is set', async () => {
  const { publicUrl } = readConfig({ LATCHKEY_PUBLIC_URL: 'https://latchkey.example.com/' });
  const { started, url } = await listeningUrlOf(() => startTestGateway({ config: { publicUrl } }));
  await using gateway = started;
  expect(jsonOf(await send(`${url}${METADATA}`))).toEqual(describedUnder('https://latchkey.example.com'));

  const machine = await createMachine(createGraphqlClient(url, { authorization: `Bearer ${gateway.bearer()}` }));
  const token = await requestToken(url, machine);
  const answer = await postForm(`${url}${STANDARD.introspect}`, { token }, authorizationOf(machine));
  expect(jsonOf(answer)).toMatchObject({ active: true, iss: 'https://latchkey.example.com' });
});

test.each([
  ['https://latchkey.example.com/p', '/p'],
  ['https://latchkey.example.com/a/b:c/', '/a/b:c'],
  ['https://latchkey.example.com/a%20b', '/a%20b'],
])('the metadata of %s is at each address that clients make of an issuer', async (setting, path) => {
  const { publicUrl } = readConfig({ LATCHKEY_PUBLIC_URL: setting });
  const { started, url } = await listeningUrlOf(() => startTestGateway({ config: { publicUrl } }));
  await using _gateway = started;
  const addresses = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`,
    // What a proxy that strips the path leaves of it.
    METADATA,
    '/.well-known/openid-configuration',
  ];
  for (const address of addresses) {
    const answer = await send(`${url}${address}`);
    expect([address, answer.status]).toEqual([address, 200]);
    expect(jsonOf(answer)).toEqual(describedUnder(`https://latchkey.example.com${path}`));
  }
  expect((await send(`${url}/.well-known/oauth-authorization-server/other`)).status).toBe(404);
});

test('clients that ask for OpenID configuration first find the metadata', async () => {
  await using gateway = await startTestGateway();
  const answer = await send(`${gateway.url}/.well-known/openid-configuration`);
  expect(jsonOf(answer)).toEqual(describedUnder(gateway.url));
});

test('the Host header of a request does not become the issuer', async () => {
  await using gateway = await startTestGateway();
  const { port } = new URL(gateway.url);
  const answer = await send(`http://localhost:${port}${METADATA}`, { headers: { 'x-forwarded-host': 'evil.example' } });
  expect(jsonOf(answer)).toEqual(describedUnder(gateway.url));
});

test('every endpoint that the metadata names is there', async () => {
  await using gateway = await startTestGateway();
  const metadata = jsonOf(await send(`${gateway.url}${METADATA}`));
  for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
    const answer = await postForm(String(metadata[name]), {});
    expect([name, answer.status, jsonOf(answer).error]).toEqual([name, 401, 'invalid_client']);
  }
});
