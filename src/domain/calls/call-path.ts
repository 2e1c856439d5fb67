/** A request target holds visible ASCII alone (RFC 3986 section 2); servers read an encoded slash in two ways. */
const PLAIN_TARGET = /^\/[\x21-\x7e]*$/;
const ENCODED_SLASH = /%2f/i;
/**
 * What servers behind the gateway may read differently: backslashes as slashes, `;` as the start of a parameter, `?`
 * and `#` as the path's end, controls, and double percent-encoding.
 */
const AMBIGUOUS = /[\\;?#\p{Cc}]|%[0-9a-f]{2}/iu;

/**
 * The path of a request target (`/path?query`), percent-decoded once, in its own letter case. Undefined where another
 * server could read another path: a decision on one path must not admit another.
 */
export function readCallPath(target: string): string | undefined {
  const [encoded = ''] = target.split('?', 1);
  if (!PLAIN_TARGET.test(encoded) || ENCODED_SLASH.test(encoded)) return undefined;
  const path = decode(encoded);
  if (path === undefined || AMBIGUOUS.test(path)) return undefined;
  const segments = path.slice(1).split('/');
  const isOdd = (segment: string, index: number) =>
    segment === '.' || segment === '..' || (segment === '' && index < segments.length - 1);
  return segments.some(isOdd) ? undefined : path;
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
