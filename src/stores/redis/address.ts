import { Secret } from '../../lib/secrets.js';

/** The address in REDIS_URL, in ioredis's terms. */
export type RedisAddress = { readonly login: RedisLogin } & (
  | { readonly topology: 'standalone'; readonly server: Node & { readonly db: number } }
  | {
      readonly topology: 'sentinel';
      readonly server: { readonly sentinels: Node[]; readonly name: string; readonly db: number };
    }
  | { readonly topology: 'cluster'; readonly nodes: Node[] }
);

interface Node {
  readonly host: string;
  readonly port: number;
}

export interface RedisLogin {
  readonly username?: string;
  readonly password?: Secret;
  /** Present for a connection by TLS. */
  readonly tls?: object;
}

const SCHEMES = /^(rediss?)(?:\+(sentinel|cluster))?$/;
const PORTS = { standalone: 6379, cluster: 6379, sentinel: 26379 } as const;

/**
 * `redis://[user:password@]host:port[/database]`, `redis+sentinel://…@host:port,host:port/name[/database]` or
 * `redis+cluster://…@host:port,host:port`; with TLS, `rediss`.
 * @throws Error whose message follows the setting's name, and quotes nothing: the URL may hold a password
 */
export function parseRedisUrl(text: string): RedisAddress {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/is.exec(text) ?? [];
  const [, protocol, variant] = SCHEMES.exec(scheme.toLowerCase()) ?? [];
  if (protocol === undefined) {
    throw new Error('must begin with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)');
  }
  const topology = (variant ?? 'standalone') as RedisAddress['topology'];
  const { credentials, hosts, segments } = splitAddress(rest);
  const nodes = hosts.map((host) => parseHost(host, PORTS[topology]));
  const login = { ...parseCredentials(credentials), ...(protocol === 'rediss' ? { tls: {} } : {}) };
  switch (topology) {
    case 'cluster':
      if (segments.length > 0) throw new Error('must name no database: a cluster has one');
      return { topology, login, nodes };
    case 'sentinel': {
      const [name, ...database] = segments;
      if (!name) throw new Error('must name the primary that the sentinels watch: redis+sentinel://host:26379/name');
      return { topology, login, server: { sentinels: nodes, name, db: parseDatabase(database) } };
    }
    case 'standalone': {
      const [node, ...others] = nodes;
      if (node === undefined || others.length > 0) {
        throw new Error('must name one host; several need redis+sentinel:// or redis+cluster://');
      }
      return { topology, login, server: { ...node, db: parseDatabase(segments) } };
    }
  }
}

/** What stands before the last `@`, and behind it: hosts, and what the path says. */
function splitAddress(rest: string) {
  const at = rest.lastIndexOf('@');
  const place = rest.slice(at + 1);
  if (/[?#]/.test(place)) throw new Error('must end before any ? or #: the settings LATCHKEY_… are all there are');
  const [hosts = '', ...segments] = place.split('/');
  // A single slash at the end says nothing.
  const isBare = segments.length === 1 && segments[0] === '';
  return {
    credentials: at < 0 ? undefined : rest.slice(0, at),
    hosts: hosts.split(','),
    segments: isBare ? [] : segments,
  };
}

function parseHost(text: string, defaultPort: number): Node {
  const [, host, digits] = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error('must name each host as host, host:port or [IPv6 address]:port');
  }
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

function parseCredentials(credentials: string | undefined): RedisLogin {
  if (credentials === undefined) return {};
  const colon = credentials.indexOf(':');
  const username = decode(colon < 0 ? credentials : credentials.slice(0, colon));
  const password = colon < 0 ? '' : decode(credentials.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password: new Secret(password) }) };
}

function decode(text: string): string {
  try {
    // A second `@` may belong to a login of a second host, which nobody would use.
    if (!text.includes('@')) return decodeURIComponent(text);
  } catch {
    // Said below.
  }
  throw new Error('must have one user and password, percent-encoded: %25 for %, %40 for @');
}

function parseDatabase([text = '', ...others]: readonly string[]): number {
  if (others.length > 0 || !/^\d{0,5}$/.test(text)) {
    throw new Error('must end in the number of a database, or in none');
  }
  return Number(text);
}
