import type { RateLimitedError } from '../../domain/limits/rate-limited.error.js';
import type { Standing } from '../../domain/limits/standing.js';

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers, sections 3 and 4): lists of quoted names
 * (RFC 9651) with parameters: `q` the quota, `w` its window in seconds, `r` the remaining quota, `t` the seconds until
 * `r` grows. No headers without a standing.
 */
export function rateLimitHeaders(standing: Standing): Record<string, string> {
  if (standing.length === 0) return {};
  return { 'ratelimit-policy': policyOf(standing), ratelimit: limitOf(standing) };
}

/**
 * The headers of a refusal. `RateLimit` names only the policies that refused: `Retry-After` must not be earlier than
 * any `t`, and the others' may be hours away.
 */
export function refusalHeaders(error: RateLimitedError): Record<string, string> {
  return {
    'retry-after': retryAfter(error),
    'ratelimit-policy': policyOf(error.standing),
    ratelimit: limitOf(error.violated),
  };
}

/** The names of the headers that tell a standing. */
export const STANDING_HEADERS = ['ratelimit-policy', 'ratelimit'] as const;

function limitOf(standing: Standing): string {
  let limit = '';
  for (const { name, remaining, resetsInMs } of standing) {
    limit += `${limit === '' ? '' : ', '}"${name}";r=${remaining};t=${seconds(resetsInMs)}`;
  }
  return limit;
}

/** RFC 9110 section 10.2.3: whole seconds, rounded up. */
function retryAfter({ retryAfterMs }: RateLimitedError): string {
  return String(Math.max(1, seconds(retryAfterMs)));
}

let last: { readonly standing: Standing; readonly text: string } = { standing: [], text: '' };

/** Most responses repeat the previous policy: cache its text. */
function policyOf(standing: Standing): string {
  const isSame =
    standing.length === last.standing.length &&
    standing.every(({ name, limit }, index) => {
      const before = last.standing[index];
      return before?.limit === limit && before.name === name;
    });
  if (!isSame) {
    const policies = standing.map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`);
    last = { standing, text: policies.join(', ') };
  }
  return last.text;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
