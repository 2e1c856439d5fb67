import { type Page, type PageRequest, readPage } from '../page.js';
import type { Principal } from '../principal.js';
import type { AuditReader } from './audit.store.js';
import type { RecordedAuditEvent } from './audit-event.js';

/** Reads the audit log. Each change writes its own event, in its own transaction. */
export class AuditService {
  readonly #events: AuditReader;

  constructor(events: AuditReader) {
    this.#events = events;
  }

  /** The events of the caller's organisation, newest first. */
  list(principal: Principal, request: PageRequest): Promise<Page<RecordedAuditEvent>> {
    return readPage(
      request,
      (event) => [event.sequence],
      (slice) => this.#events.list(principal.organizationId, slice),
    );
  }
}
