import type { Clock } from '../../lib/clock.js';
import type { AuditWriter } from '../audit/audit.store.js';
import { type AuditAction, createAuditEvent } from '../audit/audit-event.js';
import type { Changing } from '../change.js';
import type { Principal } from '../principal.js';
import { notFound, Refusal } from '../refusal.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';
import type { Connection } from './connection.js';
import { refusalOfUniqueness } from './connection.refusals.js';
import type { ConnectionStore } from './connection.store.js';
import type { IdempotentCreateStore } from './idempotent-create.store.js';
import { UniquenessError } from './uniqueness.error.js';
import type { UpstreamCredentialWriter } from './upstream-credential.store.js';

/** The stores that a change of connections writes. */
export interface ConnectionWriters {
  readonly connections: ConnectionStore;
  readonly idempotentCreates: IdempotentCreateStore;
  readonly upstreamCredentials: UpstreamCredentialWriter;
  readonly audit: AuditWriter;
}

/** The audit event of a change to one connection. */
interface Recorded {
  readonly action: AuditAction;
  readonly detail?: string | ((connection: Connection) => string);
}

/** Changes an organisation's connections, each time with the audit event. */
export class RecordedChanges {
  readonly #changing: Changing<ConnectionWriters>;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: { changing: Changing<ConnectionWriters>; usage: UsageRecorder; clock: Clock }) {
    this.#changing = parts.changing;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /** Runs `work` as one change; turns a constraint's error into its refusal. */
  async run<T>(
    { organizationId }: Principal,
    work: (writers: ConnectionWriters) => Promise<T | Refusal>,
  ): Promise<T | Refusal> {
    try {
      return await this.#changing.change(organizationId, work);
    } catch (error) {
      if (error instanceof UniquenessError) return refusalOfUniqueness(error.uniqueness);
      throw error;
    }
  }

  /** Changes and records one connection of the caller's organisation; a refusal from `work` is not recorded. */
  change<T>(
    principal: Principal,
    id: string,
    { action, detail }: Recorded,
    work: (connection: Connection, writers: ConnectionWriters, at: number) => Promise<T | Refusal>,
  ): Promise<T | Refusal> {
    const noted = this.#usage.noted();
    return this.run(principal, async (writers) => {
      const [found] = await writers.connections.findMany(principal.organizationId, [id]);
      if (found === undefined) return notFound();
      const at = this.#clock.now();
      const done = await work(noted.ofConnection(found), writers, at);
      if (done instanceof Refusal) return done;
      const said = typeof detail === 'function' ? detail(found) : detail;
      await writers.audit.append(createAuditEvent(principal, action, id, at, said));
      return done;
    });
  }
}
