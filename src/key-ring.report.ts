import type { KeyUse } from './domain/database/database.js';
import type { KeyRing } from './lib/key-ring.js';

const COLUMNS = ['key', 'in the ring', 'secrets', "tenants' credentials"] as const;

/** A table for people: the ring's keys in order, then missing keys that something depends on. */
export function describeKeys(keyRing: KeyRing, uses: readonly KeyUse[]): string[] {
  const lacking = uses.filter(({ kid }) => !keyRing.kids.includes(kid));
  const used = new Map(uses.map((use) => [use.kid, use]));
  const rows = [...keyRing.kids, ...lacking.map(({ kid }) => kid)].map((kid) => {
    const { secrets = 0, tenantCredentials = 0 } = used.get(kid) ?? {};
    return [kid, placeOf(keyRing, kid), String(secrets), String(tenantCredentials)];
  });
  const widths = COLUMNS.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  return [COLUMNS, ...rows].map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function placeOf(keyRing: KeyRing, kid: string): string {
  if (!keyRing.kids.includes(kid)) return 'missing';
  return kid === keyRing.activeKid ? 'active' : 'checks only';
}
