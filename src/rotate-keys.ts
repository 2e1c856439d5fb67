import { UpstreamCredentials } from './domain/connections/upstream-credentials.js';
import type { Database } from './domain/database/database.js';
import type { KeyRing } from './lib/key-ring.js';

/** Read at once: what is re-encrypted meanwhile elsewhere is skipped. */
const SLICE = 100;

/** How many credentials were sealed anew, and whose do not open and stayed as they are. */
export interface Rotation {
  readonly rotated: number;
  readonly unopened: readonly string[];
}

/**
 * Seals every credential of a tenant by the active key, while gateways run. Each is a step of its own, which happens only
 * where nobody has replaced the credential meanwhile: so it may be stopped at any moment, and run again.
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
