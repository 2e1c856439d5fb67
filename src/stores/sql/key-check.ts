import type { Kysely } from 'kysely';
import type { KeyRing } from '../../lib/key-ring.js';
import { StartupError } from '../../lib/startup-error.js';
import type { Schema } from './schema.js';

/** The key ring is not the one that the stored state was written with; the message says what to do. */
export class ForeignKeyRingError extends StartupError {}

/**
 * Makes sure that what is stored can be checked with this key ring, and notes its keys for the next start. A gateway
 * with another ring would run, and refuse every credential. All in one transaction: a ring that is refused leaves no note,
 * by which the right one would be refused next.
 * @throws ForeignKeyRingError
 */
export function checkKeyRing(db: Kysely<Schema>, keyRing: KeyRing): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    const fingerprints = keyRing.fingerprints();
    await noteNew(transaction, fingerprints);
    await refuseChanged(transaction, fingerprints);
    await refuseMissing(transaction, fingerprints);
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
      `The key "${changed.kid}" of the key ring is another one than the stored state was written with. Put the right key back, or give a new key a new kid.`,
    );
  }
}

async function refuseMissing(db: Kysely<Schema>, fingerprints: Fingerprints): Promise<void> {
  const lacks = (kid: string) => !fingerprints.some((one) => one.kid === kid);
  const sealing = await db.selectFrom('upstream_credentials').select('kid').distinct().execute();
  const closed = sealing.map(({ kid }) => kid).filter(lacks);
  if (closed.length > 0) {
    throw new ForeignKeyRingError(
      `Credentials of tenants are sealed by keys that the key ring lacks: ${closed.join(', ')}. Put them back behind the active one, and run: latchkey rotate-keys.`,
    );
  }
  const digesting = await db.selectFrom('connection_secrets').select('digest_kid').distinct().execute();
  const missing = digesting.map(({ digest_kid: kid }) => kid).filter(lacks);
  if (missing.length > 0) {
    throw new ForeignKeyRingError(
      `Secrets are kept under keys that the key ring lacks: ${missing.join(', ')}. Put them back behind the active one until those secrets are regenerated or, of a tenant, replaced.`,
    );
  }
}
