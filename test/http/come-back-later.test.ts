import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { createMachine } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, post, postForm, STANDARD } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** What an answer tells of limits and of the wait. */
function told({ headers }: { readonly headers: Headers }) {
  return ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => headers.get(name));
}

const COME_BACK = ['1', null, null];

test('what was counted and then could not be done says when to come back, and nothing of limits, over REST and GraphQL', async () => {
  await using directory = await createTemporaryDirectory();
  const config = { limits: limitsOf(), dataDirectory: directory.path };
  await using gateway = await startTestGateway({ config });
  const machine = await createMachine(gateway.client());
  const headers = authorizationOf(machine);
  // The client is in memory from here on, so that only the insert of the token fails.
  expect((await post(`${gateway.url}${COMPATIBLE.token}`, headers)).headers.get('ratelimit')).toMatch(
    /^"minute";r=99;/,
  );
  const file = join(directory.path, 'latchkey.sqlite');
  await rename(file, `${file}.away`);

  const compatible = await post(`${gateway.url}${COMPATIBLE.token}`, headers);
  const standard = await postForm(`${gateway.url}${STANDARD.token}`, { grant_type: 'client_credentials' }, headers);
  expect([compatible.status, standard.status]).toEqual([503, 503]);
  expect([told(compatible), told(standard)]).toEqual([COME_BACK, COME_BACK]);

  const query = 'mutation ($id: ID!) { disableConnection(id: $id) { __typename } }';
  const asAdmin = { authorization: `Bearer ${gateway.bearer()}` };
  const body = { query, variables: { id: machine.connectionId } };
  const overGraphql = await requestGraphql(gateway.url, { headers: asAdmin, body });
  expect(codesOf(overGraphql)).toEqual(['SERVICE_UNAVAILABLE']);
  expect(told(overGraphql)).toEqual(COME_BACK);

  await rename(`${file}.away`, file);
  // Each of the two was counted.
  expect((await post(`${gateway.url}${COMPATIBLE.token}`, headers)).headers.get('ratelimit')).toMatch(
    /^"minute";r=96;/,
  );
});
