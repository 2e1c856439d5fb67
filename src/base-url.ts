import { isIPv6 } from 'node:net';
import { ConfigError } from './config.error.js';

/** What decides where clients reach the gateway. */
interface Reach {
  readonly publicUrl: string | undefined;
  readonly host: string;
}

/** An address of every interface is none that can be asked: this machine reaches it by the loopback one. */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/**
 * The URL that every other one is made of, in the metadata, the ready line, the sign-in page and what commands print:
 * LATCHKEY_PUBLIC_URL, else that of the listener. It has no slash at its end.
 * @throws ConfigError where only the gateway knows its port, or HOST stands in no URL
 */
export function baseUrl({ publicUrl, host }: Reach, port: number): string {
  if (publicUrl !== undefined) return publicUrl;
  if (port === 0) {
    throw new ConfigError('PORT is 0: only the gateway knows its address. Set LATCHKEY_PUBLIC_URL to its URL.');
  }
  const written = `http://${isIPv6(host) ? `[${host}]` : host}`;
  // RFC 6874's zones, as of link-local addresses, stand in no URL that browsers read.
  if (!URL.canParse(written))
    throw new ConfigError(`HOST stands in no URL. Set LATCHKEY_PUBLIC_URL to the gateway's URL.`);
  const { hostname } = new URL(written);
  return `http://${LOOPBACK_OF[hostname] ?? hostname}:${port}`;
}
