import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 section 7.6.1: headers of one connection, beside those that `Connection` names. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/** The caller's credentials are for us, and its forwarding headers are unproven. */
const NOT_FOR_TENANT = new Set([
  ...HOP_BY_HOP,
  ...['authorization', 'accesskey', 'cookie', 'expect', 'forwarded', 'via', 'x-real-ip', 'x-request-id'],
]);
const NOT_FOR_TENANT_PREFIXES = ['x-forwarded-', 'x-latchkey-', 'proxy-'];

/** Headers about the tenant's host are wrong for ours, and our own headers take precedence. */
const NOT_FOR_CALLER = new Set([
  ...HOP_BY_HOP,
  ...['set-cookie', 'set-cookie2', 'alt-svc', 'strict-transport-security', 'public-key-pins', 'clear-site-data'],
  ...['x-request-id', 'cache-control', 'ratelimit', 'ratelimit-policy'],
]);

/** The request headers for the tenant, with its credential instead of the caller's. */
export function headersForTenant(
  headers: IncomingHttpHeaders,
  credential: readonly [name: string, value: string],
  hasBody: boolean,
): IncomingHttpHeaders {
  const passed: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (NOT_FOR_TENANT.has(name) || NOT_FOR_TENANT_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    // RFC 9110 section 9.3.1: a GET's body has no meaning, so the gateway drops it.
    if (!hasBody && name === 'content-length') continue;
    passed[name] = value;
  }
  const [name, value] = credential;
  passed[name] = value;
  return passed;
}

/** The tenant's response headers for the caller. */
export function headersForCaller(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = String(headers.connection ?? '').toLowerCase();
  const ofConnection = new Set(named.split(',').map((name) => name.trim()));
  const passed: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!NOT_FOR_CALLER.has(name) && !ofConnection.has(name)) passed[name] = value;
  }
  return passed;
}
