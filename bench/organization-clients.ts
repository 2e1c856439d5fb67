import { loadBuilt } from './built.ts';
import { inParallel } from './in-parallel.ts';
import { type ClientCredentials, createClientAs, type Latchkey } from './latchkey.ts';

const LIFETIME_MS = 600_000;

/**
 * A client of each organisation. The bearers are signed with the gateway's keys here: to ask the command line for each
 * would take longer than what is measured.
 */
export async function createClients(
  server: Latchkey,
  organizations: readonly string[],
): Promise<readonly ClientCredentials[]> {
  const [{ AdminTokens }, { KeyRing }, { systemClock }] = await loadProduct();
  const bearers = new AdminTokens(KeyRing.parse(server.env.LATCHKEY_KEYS ?? ''), systemClock);
  const clients = new Array<ClientCredentials>(organizations.length);
  await inParallel(organizations.length, async (index) => {
    const organizationId = organizations[index] as string;
    const user = { subject: 'bench', role: 'SUPER_ADMIN', organizationId, lifetimeMs: LIFETIME_MS } as const;
    clients[index] = await createClientAs(bearers.issue(user).reveal(), server, `bench ${server.name}`);
  });
  return clients;
}

function loadProduct() {
  return Promise.all([
    loadBuilt<typeof import('../src/domain/sign-in/admin-tokens.ts')>('domain/sign-in/admin-tokens.js'),
    loadBuilt<typeof import('../src/lib/key-ring.ts')>('lib/key-ring.js'),
    loadBuilt<typeof import('../src/lib/clock.ts')>('lib/clock.js'),
  ]);
}
