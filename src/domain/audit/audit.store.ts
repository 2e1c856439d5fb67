import type { Position, Slice } from '../page.js';
import type { AuditEvent, RecordedAuditEvent } from './audit-event.js';

/** The log of changes. It only grows: no port has a way to alter or remove an event. */
export interface AuditReader {
  /** The organisation's events, newest first, from the sequence number below `slice.after[0]`. */
  list(organizationId: string, slice: Slice<Position>): Promise<readonly RecordedAuditEvent[]>;
}

/** Records a change, in the `change` of the database that makes it. */
export interface AuditWriter {
  /** Adds an event behind its organisation's last one. */
  append(event: AuditEvent): Promise<void>;
}
