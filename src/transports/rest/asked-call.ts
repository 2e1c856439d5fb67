import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';
import { singleHeader } from '../http/request-headers.js';

/** How proxies name the call that they ask about: nginx by the configuration that we give, Traefik and Caddy on their own. */
const HEADER_CONVENTIONS = [
  { method: 'x-original-method', target: 'x-original-uri' },
  { method: 'x-forwarded-method', target: 'x-forwarded-uri' },
] as const;

interface AskedCall {
  readonly method: string;
  readonly target: string;
}

/**
 * The call that a proxy asks about: by its headers at `path` itself, else by what follows `path`, as Envoy puts it. A proxy
 * sets the headers of its own convention and may pass on others that the caller sent, so that where there are those of two
 * it cannot be told which the proxy meant, and the request is refused.
 * @throws DomainError INVALID_REQUEST where no call is named, or more than one may be
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
