import { write, writeSync } from 'node:fs';

/** How much may wait for a slow disk or reader; further lines are lost. */
const WAITING_CHARACTERS_MAX = 1024 * 1024;
/** How long to wait before writing again to a full pipe that its reader has made non-blocking. */
const BUSY_RETRY_MS = 100;
const LINE_FEED = 0x0a;

/** Text under way to the file: the notice of `noticeOf` lost lines, or log lines where that is 0. */
interface Batch {
  readonly bytes: Buffer;
  readonly noticeOf: number;
  written: number;
}

/**
 * Writes log lines to a file, in order, without making callers wait. A full disk or a missing reader loses lines; the
 * first line written after a loss is a notice of how many, which `noticeOf` words.
 */
export class LogDestination {
  readonly #fd: number;
  readonly #noticeOf: (lost: number) => string;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #batch: Batch | undefined;
  #isUnderWay = false;
  #lost = 0;
  /** Whether the file ends in the middle of a line. */
  #isTorn = false;

  constructor(fd: number, noticeOf: (lost: number) => string) {
    this.#fd = fd;
    this.#noticeOf = noticeOf;
  }

  write(line: string): void {
    if (this.#waitingCharacters > WAITING_CHARACTERS_MAX) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (this.#batch === undefined) this.#begin();
  }

  /** For the process's end: tries once to write the waiting lines. The platform finishes the batch under way. */
  writeRest(): void {
    if (this.#isUnderWay) this.#batch = undefined;
    try {
      for (this.#batch ??= this.#next(); this.#batch !== undefined; this.#batch = this.#next()) {
        const { bytes, written } = this.#batch;
        this.#advance(this.#batch, writeSync(this.#fd, bytes, written));
        if (this.#batch.written < bytes.length) return;
      }
    } catch {
      // Nobody is left to hear of the error.
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
    // The waiting lines would fare no better, so they are lost untried.
    this.#lost += unwritten.length + this.#waiting.length;
    this.#forgetWaiting();
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }
}
