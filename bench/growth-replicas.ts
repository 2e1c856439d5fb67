import { LIVE_TOKENS } from './case.ts';
import type { Growth } from './growth.ts';
import { introspecting, issuing } from './growth-work.ts';
import { createLatchkeyClient, type Latchkey, startLatchkey } from './latchkey.ts';
import { stopProcess } from './processes.ts';
import { compatibleIntrospection, latchkeyTokenRequest, takeTokens } from './requests.ts';
import type { StateServers } from './state-servers.ts';
import { replicaSettings } from './state-settings.ts';

/** Replicas on one PostgreSQL and one Redis, all under load at the same time. */
export async function growReplicas(state: StateServers, sizes: readonly number[]): Promise<Growth> {
  const settings = replicaSettings(state);
  const first = await startLatchkey(settings);
  const client = await createLatchkeyClient(first, 'bench');
  const tokens = await takeTokens(first, latchkeyTokenRequest(client), LIVE_TOKENS);
  await stopProcess(first.child);
  const works = [
    introspecting(
      'introspection',
      tokens.map((token) => compatibleIntrospection(client, token)),
    ),
    issuing('token issue', [latchkeyTokenRequest(client)]),
  ];
  const start = async (size: number) => {
    const replicas: Latchkey[] = [];
    while (replicas.length < size) replicas.push(await startLatchkey(settings));
    return replicas;
  };
  return { of: 'replicas', sizes: sizes.map((size) => ({ size, works, start: () => start(size) })) };
}
