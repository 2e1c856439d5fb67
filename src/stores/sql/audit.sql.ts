import { type Kysely, sql } from 'kysely';
import type { Appended } from '../../domain/audit/audit.feed.js';
import type { AuditReader, AuditWriter } from '../../domain/audit/audit.store.js';
import type { AuditAction, AuditEvent, RecordedAuditEvent } from '../../domain/audit/audit-event.js';
import type { Position, Slice } from '../../domain/page.js';
import type { Schema } from './schema.js';

export class SqlAuditStore implements AuditReader, AuditWriter {
  readonly #db: Kysely<Schema>;
  readonly #appended: Appended[];

  /** Notes in `appended` what it appends. */
  constructor(db: Kysely<Schema>, appended: Appended[] = []) {
    this.#db = db;
    this.#appended = appended;
  }

  async append(event: AuditEvent): Promise<void> {
    // The primary key stops two transactions taking the same number; a rolled-back transaction leaves no gap.
    const { sequence } = await this.#db
      .insertInto('audit_events')
      .values({
        organization_id: event.organizationId,
        sequence: this.#nextSequence(event.organizationId),
        id: event.id,
        at: event.at,
        actor: event.actor,
        action: event.action,
        target: event.target,
        outcome: event.outcome,
        detail: event.detail ?? null,
      })
      .returning('sequence')
      .executeTakeFirstOrThrow();
    this.#appended.push({ organizationId: event.organizationId, sequence });
  }

  async list(organizationId: string, slice: Slice<Position>): Promise<readonly RecordedAuditEvent[]> {
    const rows = await this.#db
      .selectFrom('audit_events')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('sequence', '<', Number(slice.after?.[0] ?? Number.MAX_SAFE_INTEGER))
      .orderBy('sequence', 'desc')
      .limit(slice.limit)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      organizationId: row.organization_id,
      sequence: row.sequence,
      at: row.at,
      actor: row.actor,
      action: row.action as AuditAction,
      target: row.target,
      outcome: 'success',
      detail: row.detail ?? undefined,
    }));
  }

  #nextSequence(organizationId: string) {
    return this.#db
      .selectFrom('audit_events')
      .select(({ fn }) => sql<number>`${fn.coalesce(fn.max('sequence'), sql.lit(0))} + 1`.as('next'))
      .where('organization_id', '=', organizationId);
  }
}
