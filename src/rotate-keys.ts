import { UpstreamCredentials } from './domain/connections/upstream-credentials.js';
import type { Database } from './domain/database/database.js';
import type { KeyRing } from './lib/key-ring.js';

/** How many credentials to read at once. */
const SLICE = 100;

/** How many credentials were resealed, and the connections whose credentials do not open and stayed as they are. */
export interface Rotation {
  readonly rotated: number;
  readonly unopened: readonly string[];
}

/**
 * Reseals every tenant's credentials under the active key, while gateways run. Each step reseals one credential, unless
 * somebody replaced it meanwhile: a rotation may be stopped at any moment, and run again.
 */
export async function rotateKeys({ upstreamCredentials }: Database, keyRing: KeyRing): Promise<Rotation> {
  const credentials = new UpstreamCredentials(keyRing);
  const unopened: string[] = [];
  let rotated = 0;
  let after = '';
  while (true) {
    const slice = await upstreamCredentials.listSealedOtherwise(keyRing.activeKid, after, SLICE);
    for (const { connectionId, organizationId, authenticationType, sealed } of slice) {
      const owner = { id: connectionId, organizationId, authenticationType };
      const next = credentials.reseal(owner, sealed);
      if (next === undefined) unopened.push(connectionId);
      else if (await upstreamCredentials.replace(connectionId, sealed, next)) rotated++;
    }
    const last = slice.at(-1);
    if (last === undefined) return { rotated, unopened };
    after = last.connectionId;
  }
}
