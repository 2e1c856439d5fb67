import { expect, test } from 'vitest';
import { SetAllowedCidrsDocument } from '../generated/graphql.js';
import { createMachine, requestToken } from '../support/machine.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, expectFailure, introspect, post } from '../support/rest.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { until } from '../support/until.js';

test.concurrent('an allow list that one replica sets, the other enforces, of what it remembers too', async () => {
  await using replicas = new Replicas(await newReplicatedPlace());
  const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
  const admin = replicas.admin(first);
  const machine = await createMachine(admin);
  const token = await requestToken(second.url, machine);
  const set = (cidrs: string[]) => admin.run(SetAllowedCidrsDocument, { id: machine.connectionId, cidrs });
  const statuses = async () => {
    const answers = [
      await post(`${second.url}${COMPATIBLE.token}`, authorizationOf(machine)),
      await introspect(second.url, machine, { access_token: token }),
      await post(`${second.url}/v1/authorize/x`, { authorization: `Bearer ${token}` }),
    ];
    return answers.map(({ status }) => status);
  };
  await until('the second replica admits', async () => (await statuses()).every((status) => status === 200));

  await set(['203.0.113.0/24']);
  await until('the second replica refuses', async () => (await statuses()).every((status) => status === 403));
  // What lives on is the token: it was not revoked.
  await set(['127.0.0.1']);
  await until('the second replica admits', async () => (await statuses()).every((status) => status === 200));
});

test.concurrent('a call that cannot be counted is a 503 that says when to return, by whichever credential', async () => {
  await using redis = await startRedis();
  await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
  const replica = await replicas.start();
  const admin = replicas.admin(replica);
  const token = await requestToken(replica.url, await createMachine(admin));
  const { secret } = await createMachine(admin, 'ACCESS_KEY');
  const ask = (path: string, headers: Record<string, string>) => post(`${replica.url}/v1/authorize${path}`, headers);
  const credentials = [{ authorization: `Bearer ${token}` }, { accesskey: secret }];
  for (const credential of credentials) {
    await until('the call is allowed', async () => (await ask('/x', credential)).status === 200);
  }

  redis.kill('SIGKILL');
  await redis.ended;
  await until('it had noticed', async () => (await ask('/x', { accesskey: secret })).status === 503);

  for (const credential of credentials) {
    const answer = await ask('/x', credential);
    expectFailure(answer, 503, 'temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  expect((await ask('//', { accesskey: secret })).status).toBe(400);
});
