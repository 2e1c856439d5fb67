import type { AuditFeed } from '../audit/audit.feed.js';
import type { AuditReader } from '../audit/audit.store.js';
import type { RecordedAuditEvent } from '../audit/audit-event.js';
import { DomainError } from '../errors.js';
import { ChangeQueue } from './change-queue.js';

const PAGE_LENGTH = 100;
/** Whoever is further behind asks for the connections anew: that costs less than all that became of them. */
const BEHIND_MAX = 1_000;

/** Follows the changes of connections in the audit log, in its order, whichever process made them. */
export class ConnectionFeed {
  readonly #events: AuditReader;
  readonly #logs = new Map<string, FollowedLog>();

  constructor(feed: AuditFeed, events: AuditReader) {
    this.#events = events;
    feed.onAppended((appended) => {
      if (appended !== undefined) this.#logs.get(appended.organizationId)?.hint();
      else this.lookAgain();
    });
  }

  /** Reads every log that is followed, in case a replica ended between a change and telling of it. */
  lookAgain(): void {
    for (const log of this.#logs.values()) log.hint();
  }

  /**
   * Every change of the organisation's connections from now on: none that is made after the promise resolves is missed.
   * The iteration throws where the log cannot be read, or has grown by more than a thousand events at once.
   * @throws as AuditReader
   */
  async follow(organizationId: string): Promise<AsyncIterableIterator<RecordedAuditEvent>> {
    const known = this.#logs.get(organizationId);
    const log = known ?? new FollowedLog((before, limit) => this.#list(organizationId, before, limit));
    this.#logs.set(organizationId, log);
    const queue = new ChangeQueue((ended) => {
      log.queues.delete(ended);
      if (log.queues.size === 0 && this.#logs.get(organizationId) === log) this.#logs.delete(organizationId);
    });
    log.queues.add(queue);
    try {
      await log.whenReady();
    } catch (error) {
      await queue.return();
      throw error;
    }
    return queue;
  }

  #list(organizationId: string, before: number | undefined, limit: number): Promise<readonly RecordedAuditEvent[]> {
    return this.#events.list(organizationId, { after: before === undefined ? undefined : [before], limit });
  }
}

/** The newest events with sequence numbers below `before`, newest first. */
type ListEvents = (before: number | undefined, limit: number) => Promise<readonly RecordedAuditEvent[]>;

/** One organisation's log, read once for all who follow it. */
class FollowedLog {
  readonly queues = new Set<ChangeQueue>();
  readonly #list: ListEvents;
  /** The sequence number of the last event read. */
  #last: number | undefined;
  #ready: Promise<void> | undefined;
  #isReading = false;
  #hasGrown = false;

  constructor(list: ListEvents) {
    this.#list = list;
  }

  /** Resolves once the place in the log is known behind which events are told. */
  whenReady(): Promise<void> {
    this.#ready ??= this.#begin();
    return this.#ready;
  }

  /** Reads on, where nobody does so already. */
  hint(): void {
    this.#hasGrown = true;
    if (!this.#isReading) void this.#read();
  }

  async #begin(): Promise<void> {
    this.#isReading = true;
    try {
      const [newest] = await this.#list(undefined, 1);
      this.#last = newest?.sequence ?? 0;
    } finally {
      this.#isReading = false;
    }
    if (this.#hasGrown) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#hasGrown && this.#last !== undefined) {
        this.#hasGrown = false;
        const news = await this.#newsSince(this.#last);
        this.#last = news[0]?.sequence ?? this.#last;
        for (const event of news.toReversed()) this.#tell(event);
      }
    } catch (error) {
      for (const queue of [...this.queues]) queue.fail(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** The events after `last`, newest first. */
  async #newsSince(last: number): Promise<RecordedAuditEvent[]> {
    const news: RecordedAuditEvent[] = [];
    for (;;) {
      const page = await this.#list(news.at(-1)?.sequence, PAGE_LENGTH);
      const added = page.filter(({ sequence }) => sequence > last);
      news.push(...added);
      if (added.length < PAGE_LENGTH) return news;
      if (news.length >= BEHIND_MAX) throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'too far behind' });
    }
  }

  #tell(event: RecordedAuditEvent): void {
    if (!event.action.startsWith('connection.')) return;
    for (const queue of this.queues) queue.push(event);
  }
}
