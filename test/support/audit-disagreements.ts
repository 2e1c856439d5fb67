import { openPostgresSession } from './postgres-session.js';

/** An organisation whose events are not numbered without a gap. */
const GAPS = 'select organization_id as what from audit_events group by 1 having max(sequence) <> count(*)';
/** A connection whose name is not the one that the newest event says. */
const NAMES = `
  select c.id as what from connections c where c.name is distinct from (
    select e.detail from audit_events e
    where e.target = c.id and e.action in ('connection.created', 'connection.renamed')
    order by e.sequence desc limit 1)`;

/** Where the audit log contradicts itself, or the connections, of any organisation. */
export async function findAuditDisagreements(databaseUrl: string): Promise<string[]> {
  await using session = await openPostgresSession(databaseUrl);
  const found = async (sql: string, problem: string) =>
    ((await session.run(sql)) as { what: string }[]).map(({ what }) => `${what} ${problem}`);
  return [...(await found(GAPS, 'has a gap in its audit log')), ...(await found(NAMES, 'has a name of no event'))];
}
