import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';
import { singleHeader } from '../http/request-headers.js';

/** The headers in which proxies name the call: nginx by our configuration, Traefik and Caddy by default. */
const HEADER_CONVENTIONS = [
  { method: 'x-original-method', target: 'x-original-uri' },
  { method: 'x-forwarded-method', target: 'x-forwarded-uri' },
] as const;

interface AskedCall {
  readonly method: string;
  readonly target: string;
}

/**
 * Reads the call that a proxy asks about, from headers or, as Envoy sends it, from the URL after `path`. A proxy may
 * pass on the caller's headers of another convention, so a request that names two calls is ambiguous.
 * @throws DomainError INVALID_REQUEST if the request names no call or several
 */
export function readAskedCall(message: IncomingMessage, path: string): AskedCall {
  const url = message.url ?? '';
  const named = HEADER_CONVENTIONS.flatMap((names) => {
    const method = singleHeader(message, names.method);
    const target = singleHeader(message, names.target);
    return method === undefined && target === undefined ? [] : [{ method, target }];
  });
  if (url.startsWith(`${path}/`)) named.push({ method: message.method, target: url.slice(path.length) });
  const [call, ...others] = named;
  if (call?.method === undefined || call.target === undefined || others.length > 0) {
    throw new DomainError('INVALID_REQUEST', {
      hint: `Name the call once: X-Original-Method and X-Original-URI, X-Forwarded-Method and X-Forwarded-Uri, or its path behind ${path}.`,
    });
  }
  return { method: call.method, target: call.target };
}
