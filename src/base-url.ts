import { isIPv6 } from 'node:net';
import { ConfigError } from './config.error.js';

/** The settings that decide the base URL. */
interface Reach {
  readonly publicUrl: string | undefined;
  readonly host: string;
}

/** Nobody can connect to a wildcard address: this machine uses the loopback address instead. */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/**
 * The base of every URL in the metadata, the ready line, the sign-in page and what commands print: LATCHKEY_PUBLIC_URL,
 * else the listener's URL. It has no slash at its end.
 * @throws ConfigError where only the gateway knows its port, or no URL can hold HOST
 */
export function baseUrl({ publicUrl, host }: Reach, port: number): string {
  if (publicUrl !== undefined) return publicUrl;
  if (port === 0) {
    throw new ConfigError('PORT is 0: only the gateway knows its address. Set LATCHKEY_PUBLIC_URL to its URL.');
  }
  const written = `http://${isIPv6(host) ? `[${host}]` : host}`;
  // Browsers read no URL with a zone (RFC 6874), such as link-local addresses have.
  if (!URL.canParse(written))
    throw new ConfigError(`HOST cannot stand in a URL. Set LATCHKEY_PUBLIC_URL to the gateway's URL.`);
  const { hostname } = new URL(written);
  return `http://${LOOPBACK_OF[hostname] ?? hostname}:${port}`;
}
