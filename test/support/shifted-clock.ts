import { globSync } from 'node:fs';

/**
 * The environment of a process whose wall clock is so many seconds ahead, or behind where they are negative. Its monotonic
 * clock, and with it its timers, go on as everybody's.
 */
export function shiftedClock(seconds: number): Record<string, string> {
  const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  if (library === undefined)
    throw new Error('Shifted clocks need libfaketime. On Debian or Ubuntu: apt-get install faketime');
  return {
    LD_PRELOAD: library,
    FAKETIME: `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}
