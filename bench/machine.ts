import { closeSync, fsyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { LOAD_CORE, PINNED, SERVER_CORE } from './processes.ts';
import { median } from './table.ts';

/** statfs(2) */
const TMPFS_MAGIC = 0x01021994;
const SYNCS = 50;

/** What the figures depend on, besides the code: a sentence for each. */
export function describeMachine(): string[] {
  const [cpu] = cpus();
  return [
    `Node ${process.versions.node}, ${cpu?.model.trim()}, ${availableParallelism()} cores, load average at the start ${loadavg()[0]?.toFixed(1)}`,
    PINNED
      ? `each server pinned to core ${SERVER_CORE}, the load generator to core ${LOAD_CORE}`
      : 'NOT pinned to cores (there are fewer than two, or no taskset): server and load generator disturb each other',
  ];
}

/** What commits depend on. */
export function describeDisk(directory: string): string {
  return statfsSync(directory).type === TMPFS_MAGIC
    ? 'the data directory is in memory (tmpfs), where a commit waits for NO disk: set TMPDIR to a directory on disk'
    : `the data directory is on disk: writing 4 KiB and fsync take ${measureSyncMs(directory).toFixed(2)} ms`;
}

function measureSyncMs(directory: string): number {
  const file = openSync(join(directory, 'sync'), 'w');
  const page = Buffer.alloc(4096);
  const durations = Array.from({ length: SYNCS }, () => {
    const begun = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  return median(durations);
}
