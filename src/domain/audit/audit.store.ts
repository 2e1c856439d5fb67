import type { Position, Slice } from '../page.js';
import type { AuditEvent, RecordedAuditEvent } from './audit-event.js';

/** The log of changes. The log only grows: no port can alter or remove an event. */
export interface AuditReader {
  /** The organisation's events, newest first, with sequence numbers below `slice.after[0]`. */
  list(organizationId: string, slice: Slice<Position>): Promise<readonly RecordedAuditEvent[]>;
}

/** Records a change, in the transaction of that change. */
export interface AuditWriter {
  /** Adds an event after its organisation's last event. */
  append(event: AuditEvent): Promise<void>;
}
