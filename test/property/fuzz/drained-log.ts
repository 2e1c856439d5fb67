import { createLogger, type Logger } from '../../../src/lib/logger.js';

/** The log at the level at which it says most, in parts: a million requests' lines together are too long to keep. */
export interface DrainedLog {
  readonly logger: Logger;
  /** The lines since the last time. */
  drain(): string[];
}

export function drainLog(): DrainedLog {
  let lines: string[] = [];
  return {
    logger: createLogger('debug', {
      write: (line) => {
        lines.push(line);
      },
    }),
    drain: () => {
      const drained = lines;
      lines = [];
      return drained;
    },
  };
}
