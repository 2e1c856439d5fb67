import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../../src/domain/principal.js';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createGraphqlClient, type GraphqlClient } from './graphql-client.js';

const HOUR_MS = 3_600_000;

/** The key ring that a gateway made in its data directory. */
async function readKeyRing(dataDirectory: string): Promise<KeyRing> {
  return KeyRing.parse(await readFile(join(dataDirectory, 'keys'), 'utf8'));
}

/** A user of a gateway that runs as a process of its own, by a bearer such as `admin-token` prints. */
export async function userOfProcess(
  url: string,
  dataDirectory: string,
  role: Exclude<Role, 'MACHINE'> = 'SUPER_ADMIN',
): Promise<GraphqlClient> {
  return userByKeys(url, await readKeyRing(dataDirectory), { role });
}

interface UserOptions {
  readonly role?: Exclude<Role, 'MACHINE'>;
  readonly organizationId?: string;
}

/** The same of one whose key ring is known. */
export function userByKeys(url: string, keyRing: KeyRing, options: UserOptions = {}): GraphqlClient {
  return createGraphqlClient(url, bearerByKeys(keyRing, options));
}

/** The headers of such a user. */
export function bearerByKeys(
  keyRing: KeyRing,
  { role = 'SUPER_ADMIN', organizationId = 'default' }: UserOptions = {},
): { readonly authorization: string } {
  const bearers = new AdminTokens(keyRing, systemClock);
  const bearer = bearers.issue({ subject: 'tester', role, organizationId, lifetimeMs: HOUR_MS });
  return { authorization: `Bearer ${bearer.reveal()}` };
}
