import type { Slice } from '../page.js';
import type { AuditEvent, RecordedAuditEvent } from './audit-event.js';

/** The log of changes. It only grows: the port has no way to alter or remove an event. */
export interface AuditStore {
  /** Adds an event behind the organisation's last one. Call it in the transaction of the change that it records. */
  append(event: AuditEvent): Promise<void>;
  /** The organisation's events, newest first, from the sequence number below `slice.after[0]`. */
  list(organizationId: string, slice: Slice<readonly number[]>): Promise<readonly RecordedAuditEvent[]>;
}
