import { expect, test } from 'vitest';
import { IntrospectTokenDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';

test('a machine gets a token for its credentials, and it introspects as active over REST and GraphQL', async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);

  expect(await isActive(gateway.url, machine, token)).toBe(true);
  const asMachine = gateway.client({ authorization: `Bearer ${token}` });
  const { introspectToken } = await asMachine.run(IntrospectTokenDocument, { token });
  expect(introspectToken).toMatchObject({ active: true, clientId: machine.clientId, tokenType: 'Bearer' });
});
