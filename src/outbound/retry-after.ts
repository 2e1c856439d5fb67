/** Tenants limit calls by the minute: without a header, wait for the next minute. */
const DEFAULT_MS = 60_000;
const SHORTEST_MS = 1_000;
/** The longest wait: an upstream may ask for more by mistake. */
const LONGEST_MS = 3_600_000;

/** The wait in ms that Retry-After asks for (RFC 9110 section 10.2.3: seconds, or an HTTP date), within bounds. */
export function parseRetryAfter(value: string | undefined, now: number): number {
  return Math.min(Math.max(askedFor(value?.trim() ?? '', now), SHORTEST_MS), LONGEST_MS);
}

function askedFor(value: string, now: number): number {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = / GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? DEFAULT_MS : date - now;
}
