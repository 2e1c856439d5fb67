import type { Kysely } from 'kysely';
import type { KeyUse } from '../../domain/database/database.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { StartupError } from '../../lib/startup-error.js';
import type { Schema } from './schema.js';

/** Another key ring wrote the stored state; the message says what to do. */
export class ForeignKeyRingError extends StartupError {}

/**
 * Checks that this key ring wrote the stored state, and notes the ring's keys for the next start. A gateway with
 * another ring would run and refuse every credential. A gateway whose ring lost a key starts: only there can admins
 * replace what depends on that key. One transaction does both: a refused ring leaves no note against the right ring.
 * @throws ForeignKeyRingError
 */
export function checkKeyRing(db: Kysely<Schema>, keyRing: KeyRing): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    const fingerprints = keyRing.fingerprints();
    await noteNew(transaction, fingerprints);
    await refuseChanged(transaction, fingerprints);
    refuseForeign(await listKeyUses(transaction), keyRing);
  });
}

type Fingerprints = ReturnType<KeyRing['fingerprints']>;

async function noteNew(db: Kysely<Schema>, fingerprints: Fingerprints): Promise<void> {
  await db
    .insertInto('key_fingerprints')
    .values(fingerprints.map(({ kid, value }) => ({ kid, fingerprint: value })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function refuseChanged(db: Kysely<Schema>, fingerprints: Fingerprints): Promise<void> {
  const stored = new Map(
    (await db.selectFrom('key_fingerprints').selectAll().execute()).map(({ kid, fingerprint }) => [kid, fingerprint]),
  );
  const changed = fingerprints.find(({ kid, value }) => stored.get(kid) !== value);
  if (changed !== undefined) {
    throw new ForeignKeyRingError(
      `The key "${changed.kid}" of the key ring is not the one that the stored state was written with. Put the right key back, or give a new key a new kid.`,
    );
  }
}

/** Secrets decide: a ring that can check no secret lets nobody in. */
function refuseForeign(uses: readonly KeyUse[], { kids }: KeyRing): void {
  const ofSecrets = uses.filter(({ secrets }) => secrets > 0);
  const deciding = ofSecrets.length > 0 ? ofSecrets : uses;
  if (deciding.length === 0 || deciding.some(({ kid }) => kids.includes(kid))) return;
  const missing = deciding.map(({ kid }) => kid).join(', ');
  throw new ForeignKeyRingError(
    `The key ring has none of the keys that secrets are kept under: ${missing}. Put the right ring back, or its keys behind the active one.`,
  );
}

/** The number of secrets and tenants' credentials under each key, sorted by key id. */
export async function listKeyUses(db: Kysely<Schema>): Promise<readonly KeyUse[]> {
  const secrets = await db
    .selectFrom('connection_secrets')
    .select(['digest_kid as kid', db.fn.countAll<number>().as('count')])
    .groupBy('digest_kid')
    .execute();
  const credentials = await db
    .selectFrom('upstream_credentials')
    .select(['kid', db.fn.countAll<number>().as('count')])
    .groupBy('kid')
    .execute();
  const kids = new Set([...secrets, ...credentials].map(({ kid }) => kid));
  const countOf = (counted: typeof credentials, kid: string) => counted.find((one) => one.kid === kid)?.count ?? 0;
  return [...kids].sort().map((kid) => ({
    kid,
    secrets: countOf(secrets, kid),
    tenantCredentials: countOf(credentials, kid),
  }));
}
