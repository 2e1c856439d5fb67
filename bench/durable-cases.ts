import type { ChildProcess } from 'node:child_process';
import { type Case, LIVE_TOKENS } from './case.ts';
import { createLatchkeyClient, type Latchkey } from './latchkey.ts';
import type { ReplicaServers } from './replica-servers.ts';
import { compatibleIntrospection, latchkeyTokenRequest, takeTokens } from './requests.ts';

/** Latchkey with all its state in PostgreSQL, beside the embedded one: both have committed a token before they answer. */
export async function createDurableCases(
  { embedded, onPostgres }: ReplicaServers,
  postgres: ChildProcess,
): Promise<readonly Case[]> {
  const [issue, introspection] = await createCases(embedded);
  const [issueOnPostgres, introspectionOnPostgres] = await createCases(onPostgres);
  return [
    issue,
    {
      ...issueOnPostgres,
      postgres,
      comparisons: [{ peer: issue, aim: { figure: 'cpuMicroseconds', atMost: 1.6 } }],
    },
    introspection,
    { ...introspectionOnPostgres, postgres, comparisons: [{ peer: introspection }] },
  ];
}

async function createCases(server: Latchkey): Promise<readonly [Case, Case]> {
  const client = await createLatchkeyClient(server, 'bench');
  const tokens = await takeTokens(server, latchkeyTokenRequest(client), LIVE_TOKENS);
  return [
    {
      work: 'token issue, committed to disk',
      server,
      mustContain: '"access_token":"',
      requests: async () => [latchkeyTokenRequest(client)],
    },
    {
      work: 'introspection, compatible path',
      server,
      mustContain: '"active":true',
      requests: async () => tokens.map((token) => compatibleIntrospection(client, token)),
    },
  ];
}
