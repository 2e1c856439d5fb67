import { write, writeSync } from 'node:fs';

/** What may wait for a slow disk or reader; what comes on top is lost. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** A reader that shares its pipe with us may have made it non-blocking: when to try again. */
const BUSY_RETRY_MS = 100;
const LINE_FEED = 0x0a;

/** Lines under way to the file. A notice is of lines that were lost before: it is none of them. */
interface Batch {
  readonly bytes: Buffer;
  readonly noticeOf: number;
  written: number;
}

/**
 * A file that log lines are written to, in their order, without making anybody wait. What cannot be written, as where the
 * disk is full or the reader gone, is lost, and the next line that can be written has `noticeOf` how many were, before it.
 */
export class LogDestination {
  readonly #fd: number;
  readonly #noticeOf: (lost: number) => string;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #batch: Batch | undefined;
  #isUnderWay = false;
  #lost = 0;
  /** A line was begun that the file has no end of. */
  #isTorn = false;

  constructor(fd: number, noticeOf: (lost: number) => string) {
    this.#fd = fd;
    this.#noticeOf = noticeOf;
  }

  write(line: string): void {
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#batch === undefined) this.#begin();
  }

  /** For the process's end: writes what waits, once. What is under way the platform finishes. */
  writeRest(): void {
    if (this.#isUnderWay) this.#batch = undefined;
    try {
      for (this.#batch ??= this.#next(); this.#batch !== undefined; this.#batch = this.#next()) {
        const { bytes, written } = this.#batch;
        this.#advance(this.#batch, writeSync(this.#fd, bytes, written));
        if (this.#batch.written < bytes.length) return;
      }
    } catch {
      // There is nobody left to tell.
    }
  }

  #begin(): void {
    this.#batch = this.#next();
    if (this.#batch !== undefined) this.#send(this.#batch);
  }

  #next(): Batch | undefined {
    if (this.#waiting.length === 0) return undefined;
    const noticeOf = this.#lost;
    const text = noticeOf > 0 ? this.#noticeOf(noticeOf) : this.#waiting.join('');
    if (noticeOf === 0) this.#forgetWaiting();
    return { bytes: Buffer.from(this.#isTorn ? `\n${text}` : text), noticeOf, written: 0 };
  }

  #send(batch: Batch): void {
    this.#isUnderWay = true;
    write(this.#fd, batch.bytes, batch.written, (error, count) => {
      this.#isUnderWay = false;
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#send(batch), BUSY_RETRY_MS).unref();
        return;
      }
      if (error === null) {
        this.#advance(batch, count);
        if (batch.written < batch.bytes.length) return this.#send(batch);
      } else this.#lose(batch);
      this.#begin();
    });
  }

  #advance(batch: Batch, count: number): void {
    batch.written += count;
    if (count > 0) this.#isTorn = batch.bytes[batch.written - 1] !== LINE_FEED;
    if (batch.written === batch.bytes.length) this.#lost -= batch.noticeOf;
  }

  #lose({ bytes, noticeOf, written }: Batch): void {
    const unwritten = noticeOf > 0 ? [] : bytes.subarray(written).filter((byte) => byte === LINE_FEED);
    // What waits would fare no better: one try for all of it.
    this.#lost += unwritten.length + this.#waiting.length;
    this.#forgetWaiting();
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
