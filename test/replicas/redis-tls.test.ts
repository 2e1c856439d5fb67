import { expect, test } from 'vitest';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { startTlsSentinel } from '../support/redis-tls.js';
import { refusalOf } from '../support/refused-start.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';

test.each([true, false])(
  'rediss+sentinel:// goes by TLS to sentinel and primary, with the password where the sentinel asks for it: %s',
  async (isSentinelProtected) => {
    await using sentinel = await startTlsSentinel({ password: 'word', isSentinelProtected });
    await using replicas = new Replicas(await newReplicatedPlace());
    const env = {
      REDIS_URL: `rediss+sentinel://:word@${sentinel.host}/${sentinel.name}`,
      NODE_EXTRA_CA_CERTS: sentinel.certificate,
    };

    const replica = await replicas.start(env);

    const machine = await createMachine(replicas.admin(replica));
    expect(await isActive(replica.url, machine, await requestToken(replica.url, machine))).toBe(true);
  },
);

test('a certificate that nobody vouches for is refused, and the start with it', async () => {
  await using sentinel = await startTlsSentinel({ password: 'word', isSentinelProtected: true });
  await using replicas = new Replicas(await newReplicatedPlace());
  const env = replicas.environment({ REDIS_URL: `rediss+sentinel://:word@${sentinel.host}/${sentinel.name}` });
  expect(await refusalOf({ env })).toMatch(
    /^The Redis of REDIS_URL cannot be used \(failed to connect to sentinel .*\)\./,
  );
});
