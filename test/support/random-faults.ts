import type { FaultProxy } from './fault-proxy.js';
import type { PostgresServer } from './postgres-server.js';
import { signalPostgres } from './postgres-signals.js';
import type { RedisServer } from './redis-server.js';

export interface FaultyParts {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  /** The ways of one of the replicas. */
  readonly redisLink: FaultProxy;
  readonly postgresLink: FaultProxy;
}

export interface Fault {
  readonly what: string;
  readonly begin: () => Promise<unknown> | undefined;
  readonly end: () => Promise<unknown> | undefined;
}

/** What may go wrong with the servers that replicas use, each for a while. */
export function faultsOf({ redis, postgres, redisLink, postgresLink }: FaultyParts): readonly [Fault, ...Fault[]] {
  const ofLink = (what: string, link: FaultProxy): Fault[] => [
    { what: `${what} black-holed`, begin: async () => link.blackhole(), end: async () => link.pass() },
    {
      what: `${what} cut`,
      begin: async () => {
        link.reset();
        link.refuse();
      },
      end: async () => link.pass(),
    },
  ];
  return [
    { what: 'Redis hangs', begin: async () => redis.kill('SIGSTOP'), end: async () => redis.kill('SIGCONT') },
    {
      what: 'Redis is killed',
      begin: () => {
        redis.kill('SIGKILL');
        return redis.ended;
      },
      end: () => redis.restart(),
    },
    { what: 'PostgreSQL is stopped', begin: () => postgres.stop('fast'), end: () => postgres.start() },
    {
      what: 'PostgreSQL hangs',
      begin: () => signalPostgres(postgres, 'SIGSTOP'),
      end: () => signalPostgres(postgres, 'SIGCONT'),
    },
    ...ofLink('a link to Redis is', redisLink),
    ...ofLink('a link to PostgreSQL is', postgresLink),
  ];
}
