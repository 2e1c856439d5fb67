import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LIVE_TOKENS } from './case.ts';
import type { Growth, GrowthSize } from './growth.ts';
import { type GrowthWork, INTROSPECTIONS, introspecting, issuing } from './growth-work.ts';
import { inParallel } from './in-parallel.ts';
import { type ClientCredentials, createLatchkeyClient, type Latchkey, startLatchkey } from './latchkey.ts';
import type { LoadRequest } from './load.ts';
import { createClients } from './organization-clients.ts';
import { compatibleIntrospection, latchkeyTokenRequest, takeToken } from './requests.ts';
import { newKeys, organizationSettings } from './state-settings.ts';

/** Live tokens of one client of one process. */
export async function growTokens(directory: string, sizes: readonly number[]): Promise<Growth> {
  const prepared: GrowthSize[] = [];
  const inTurn = Math.max(INTROSPECTIONS, ...sizes);
  for (const size of sizes) {
    const name = `tokens-${size}`;
    prepared.push(
      await prepare(directory, name, {}, size, async (latchkey) => {
        const client = await createLatchkeyClient(latchkey, 'bench');
        const introspections = await introspectionsOf(latchkey, [client], size);
        return [
          introspecting(`introspection of ${LIVE_TOKENS} of them`, introspections.slice(0, LIVE_TOKENS)),
          introspecting('introspection of all of them in turn', introspections, inTurn),
          issuing('token issue', [latchkeyTokenRequest(client)]),
        ];
      }),
    );
  }
  return { of: 'live tokens', sizes: prepared };
}

/** Organisations of one process, each with a client that calls; together they have the same number of tokens. */
export async function growOrganizations(directory: string, sizes: readonly number[], tokens: number): Promise<Growth> {
  const prepared: GrowthSize[] = [];
  for (const size of sizes) {
    const name = `organizations-${size}`;
    const organizations = Array.from({ length: size }, (_, index) => `org-${index}`);
    const settings = organizationSettings(join(directory, `${name}.json`), organizations);
    prepared.push(
      await prepare(directory, name, settings, size, async (latchkey) => {
        const clients = await createClients(latchkey, organizations);
        return [
          introspecting(
            'introspection, by the client of each in turn',
            await introspectionsOf(latchkey, clients, tokens),
          ),
          issuing('token issue, to the client of each in turn', clients.map(latchkeyTokenRequest)),
        ];
      }),
    );
  }
  return { of: 'organisations', sizes: prepared };
}

/** Fills a data directory, of which each start gets a copy: what is measured adds to it. */
async function prepare(
  parent: string,
  name: string,
  more: NodeJS.ProcessEnv,
  size: number,
  fill: (latchkey: Latchkey) => Promise<readonly GrowthWork[]>,
): Promise<GrowthSize> {
  process.stderr.write(`preparing ${name}\n`);
  const [filled, copy] = [join(parent, name), join(parent, `${name}-copy`)];
  const settings = { LATCHKEY_KEYS: newKeys(), ...more };
  const latchkey = await startLatchkey({ ...settings, LATCHKEY_DATA_DIR: filled });
  const works = await fill(latchkey);
  // It leaves nothing but its database when it may finish.
  latchkey.child.kill('SIGTERM');
  await once(latchkey.child, 'exit');
  return {
    size,
    works,
    start: async () => {
      rmSync(copy, { recursive: true, force: true });
      cpSync(filled, copy, { recursive: true });
      return [await startLatchkey({ ...settings, LATCHKEY_DATA_DIR: copy })];
    },
  };
}

/** Introspections of new tokens, each client's in turn. */
async function introspectionsOf(
  latchkey: Latchkey,
  clients: readonly ClientCredentials[],
  count: number,
): Promise<LoadRequest[]> {
  const requests = new Array<LoadRequest>(count);
  await inParallel(count, async (index) => {
    const client = clients[index % clients.length] as ClientCredentials;
    const token = await takeToken(latchkey, latchkeyTokenRequest(client));
    requests[index] = compatibleIntrospection(client, token);
  });
  return requests;
}
