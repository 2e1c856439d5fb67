import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 section 7.6.1: they are about one connection. What `Connection` names goes with them. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/** The caller's credentials are for us, and where it says that it comes from is its own word. */
const NOT_FOR_TENANT = new Set([
  ...HOP_BY_HOP,
  ...['authorization', 'accesskey', 'cookie', 'expect', 'forwarded', 'via', 'x-real-ip', 'x-request-id'],
]);
const NOT_FOR_TENANT_PREFIXES = ['x-forwarded-', 'x-latchkey-', 'proxy-'];

/** What holds for the tenant's host is wrong for ours, and what we say ourselves it must not gainsay. */
const NOT_FOR_CALLER = new Set([
  ...HOP_BY_HOP,
  ...['set-cookie', 'set-cookie2', 'alt-svc', 'strict-transport-security', 'public-key-pins', 'clear-site-data'],
  ...['x-request-id', 'cache-control', 'ratelimit', 'ratelimit-policy'],
]);

/** The headers of a call that the tenant is given, with its credential in the place of the caller's. */
export function headersForTenant(
  headers: IncomingHttpHeaders,
  credential: readonly [name: string, value: string],
  hasBody: boolean,
): IncomingHttpHeaders {
  const passed: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (NOT_FOR_TENANT.has(name) || NOT_FOR_TENANT_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    // RFC 9110 section 9.3.1: a body of a GET means nothing, and is not passed on.
    if (!hasBody && name === 'content-length') continue;
    passed[name] = value;
  }
  const [name, value] = credential;
  passed[name] = value;
  return passed;
}

/** The headers of the tenant's answer that the caller is given. */
export function headersForCaller(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = String(headers.connection ?? '').toLowerCase();
  const ofConnection = new Set(named.split(',').map((name) => name.trim()));
  const passed: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!NOT_FOR_CALLER.has(name) && !ofConnection.has(name)) passed[name] = value;
  }
  return passed;
}
