import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CreateConnectionDocument, IssueTokenDocument } from '../generated/graphql.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { startTenant } from '../support/tenant-stub.js';
import { until } from '../support/until.js';

test('where the replica that asks the tenant is killed, another asks when its lease is over: twice in all', async () => {
  await using tenant = await startTenant();
  await using directory = await createTemporaryDirectory();
  const organizations = join(directory.path, 'organizations.json');
  await writeFile(organizations, JSON.stringify([{ id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url }]));
  await using replicas = new Replicas(await newReplicatedPlace());
  const env = { LATCHKEY_ORGANIZATIONS: organizations };
  const [holder, other] = await Promise.all([replicas.start(env), replicas.start(env)]);
  const input = {
    name: 'linked',
    authenticationType: 'OAUTH',
    clientId: 'tenant-client',
    clientSecret: 'tenant-secret',
  } as const;
  const { createConnection } = await replicas.admin(holder).run(CreateConnectionDocument, { input });
  if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
  const connectionId = createConnection.connection.id;
  expect(tenant.count('token')).toBe(1);

  tenant.misbehave({ kind: 'hang' }, { part: 'token', times: 1 });
  const lost = replicas.admin(holder).run(IssueTokenDocument, { connectionId });
  await until('the holder asks the tenant', () => tenant.count('token') === 2);
  const waiting = Promise.all(
    Array.from({ length: 20 }, () => replicas.admin(other).run(IssueTokenDocument, { connectionId })),
  );
  holder.kill('SIGKILL');
  await expect(lost).rejects.toThrow();

  const given = (await waiting).map(({ issueToken }) => (issueToken as { accessToken?: string }).accessToken);
  expect(new Set(given).size).toBe(1);
  expect(given[0]).toMatch(/^tenant-token-/);
  // Once to check the credential, once by the holder, once by the other.
  expect(tenant.count('token')).toBe(3);
});
