import { join } from 'node:path';
import { type ClientCredentials, createClientAs, type Latchkey } from './latchkey.ts';
import { ORGANIZATIONS } from './limit-servers.ts';
import { ROOT } from './processes.ts';

const LIFETIME_MS = 600_000;

/**
 * A client of each organisation. The bearers are signed with the gateway's keys here: to ask the command line for each
 * would take longer than what is measured.
 */
export async function createClients(server: Latchkey): Promise<readonly ClientCredentials[]> {
  const [{ AdminTokens }, { KeyRing }, { systemClock }] = await loadProduct();
  const bearers = new AdminTokens(KeyRing.parse(server.env.LATCHKEY_KEYS ?? ''), systemClock);
  const clients: ClientCredentials[] = [];
  for (const organizationId of ORGANIZATIONS) {
    const user = { subject: 'bench', role: 'SUPER_ADMIN', organizationId, lifetimeMs: LIFETIME_MS } as const;
    clients.push(await createClientAs(bearers.issue(user).reveal(), server, `bench ${server.name}`));
  }
  return clients;
}

function loadProduct() {
  const load = (path: string): Promise<unknown> => import(join(ROOT, 'dist', path));
  return Promise.all([
    load('domain/sign-in/admin-tokens.js') as Promise<typeof import('../src/domain/sign-in/admin-tokens.ts')>,
    load('lib/key-ring.js') as Promise<typeof import('../src/lib/key-ring.ts')>,
    load('lib/clock.js') as Promise<typeof import('../src/lib/clock.ts')>,
  ]);
}
