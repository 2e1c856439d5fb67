const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** A wait in words, `3 h 12 min`: rounded up, so that nobody comes back too early, and at least a second. */
export function inWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < MINUTE_SECONDS) return `${seconds} s`;
  if (seconds < HOUR_SECONDS)
    return parts([Math.floor(seconds / MINUTE_SECONDS), 'min'], [seconds % MINUTE_SECONDS, 's']);
  const minutes = Math.ceil(seconds / MINUTE_SECONDS);
  return parts([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
}

function parts(...all: readonly (readonly [count: number, unit: string])[]): string {
  return all.flatMap(([count, unit]) => (count === 0 ? [] : `${count} ${unit}`)).join(' ');
}
