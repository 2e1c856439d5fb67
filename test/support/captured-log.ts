import { createLogger, type Logger } from '../../src/lib/logger.js';

/** A log line as operators read it. */
interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly route?: string;
  readonly [name: string]: unknown;
}

/** Pino's number for errors: from here on somebody is woken up. */
const ERROR_LEVEL = 50;

/** The whole log of a gateway, at the level at which it says most. */
export interface CapturedLog {
  readonly logger: Logger;
  /** What was written, as it was written. */
  readonly text: string;
  readonly lines: readonly LogLine[];
  readonly errors: readonly LogLine[];
}

export function captureLog(): CapturedLog {
  const written: string[] = [];
  const lines = () => written.map((line) => JSON.parse(line) as LogLine);
  return {
    logger: createLogger('debug', {
      write: (line) => {
        written.push(line);
      },
    }),
    get text() {
      return written.join('');
    },
    get lines() {
      return lines();
    },
    get errors() {
      return lines().filter(({ level }) => level >= ERROR_LEVEL);
    },
  };
}
