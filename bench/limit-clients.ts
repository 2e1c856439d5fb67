import { loadBuilt } from './built.ts';
import { type ClientCredentials, createClientAs, type Latchkey } from './latchkey.ts';
import { ORGANIZATIONS } from './limit-servers.ts';

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
  return Promise.all([
    loadBuilt<typeof import('../src/domain/sign-in/admin-tokens.ts')>('domain/sign-in/admin-tokens.js'),
    loadBuilt<typeof import('../src/lib/key-ring.ts')>('lib/key-ring.js'),
    loadBuilt<typeof import('../src/lib/clock.ts')>('lib/clock.js'),
  ]);
}
