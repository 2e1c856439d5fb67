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
 * @throws Error whose message follows the setting's name
 */
export function parseRedisUrl(text: string): RedisAddress {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.+)$/i.exec(text) ?? [];
  const [, protocol, variant] = SCHEMES.exec(scheme.toLowerCase()) ?? [];
  if (protocol === undefined) {
    throw new Error('must begin with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)');
  }
  const topology = (variant ?? 'standalone') as RedisAddress['topology'];
  const [, credentials, hosts = '', path = ''] = /^(?:([^@]*)@)?([^@/]+)(?:\/([^?#]*))?$/.exec(rest) ?? [];
  const nodes = hosts.split(',').map((host) => parseHost(host, PORTS[topology]));
  const segments = path === '' ? [] : path.split('/');
  const login = { ...parseCredentials(credentials), ...(protocol === 'rediss' ? { tls: {} } : {}) };
  switch (topology) {
    case 'cluster':
      if (segments.length > 0) throw new Error('must name no database: a cluster has one');
      return { topology, login, nodes };
    case 'sentinel': {
      const [name, database] = segments;
      if (!name) throw new Error('must name the primary that the sentinels watch: redis+sentinel://host:26379/name');
      return { topology, login, server: { sentinels: nodes, name, db: parseDatabase(database) } };
    }
    case 'standalone': {
      const [node, ...others] = nodes;
      if (node === undefined || others.length > 0) {
        throw new Error('must name one host; several need redis+sentinel:// or redis+cluster://');
      }
      return { topology, login, server: { ...node, db: parseDatabase(segments[0]) } };
    }
  }
}

function parseHost(text: string, defaultPort: number): Node {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535) throw new Error('must name hosts as host or host:port');
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}

function parseCredentials(credentials: string | undefined): RedisLogin {
  if (credentials === undefined) return {};
  const colon = credentials.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? credentials : credentials.slice(0, colon));
  const password = colon < 0 ? '' : decodeURIComponent(credentials.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password: new Secret(password) }) };
}

function parseDatabase(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,5}$/.test(text)) throw new Error('must end in the number of a database, or in none');
  return Number(text);
}
