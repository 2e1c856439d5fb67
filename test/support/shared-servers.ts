import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startPgbouncer } from './pgbouncer.js';
import { postgresPrograms, systemPostgresPrograms } from './postgres-programs.js';
import { createDatabaseAt, startPostgres } from './postgres-server.js';
import { sendRedisCommand } from './redis-command.js';
import { startRedis } from './redis-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly postgresUrl: string;
    /** Of the system's own PostgreSQL, where there is one beside the one that npm brought. */
    readonly systemPostgresUrl: string | undefined;
    /** In transaction mode in front of the shared PostgreSQL, where it is installed. */
    readonly pgbouncerPort: number | undefined;
    readonly redisUrl: string;
  }
}

/** More than a run of all tests asks for; an empty one costs Redis some hundred bytes. */
const REDIS_DATABASES = 4_096;

let started: AsyncDisposableStack | undefined;

/**
 * For vitest's `globalSetup`: one PostgreSQL and one Redis for all test files of a run. Tests that kill or slow down
 * their server start one of their own.
 */
export async function setup({ provide }: TestProject): Promise<void> {
  await using starting = new AsyncDisposableStack();
  const postgres = starting.use(await startPostgres());
  const redis = starting.use(await startRedis({ config: ['--databases', String(REDIS_DATABASES)] }));
  const system = systemPostgresPrograms();
  const isAnother = system !== undefined && system !== postgresPrograms();
  const another = isAnother ? starting.use(await startPostgres({ programs: system })) : undefined;
  const pgbouncer = await startPgbouncer(postgres.port);
  if (pgbouncer !== undefined) starting.use(pgbouncer);
  provide('pgbouncerPort', pgbouncer?.port);
  provide('postgresUrl', postgres.url);
  provide('systemPostgresUrl', another?.url);
  provide('redisUrl', redis.url);
  started = starting.move();
}

export async function teardown(): Promise<void> {
  await started?.disposeAsync();
}

/** The URL of a new database on the shared PostgreSQL, or another server, which no other test has. */
export function newDatabaseUrl(serverUrl = inject('postgresUrl')): Promise<string> {
  return createDatabaseAt(serverUrl);
}

/**
 * The URL of an empty database on the shared Redis, which no other test is given. What belongs to the server and not to
 * a database is shared all the same: channels, scripts, and what `INFO` and `CONFIG` say; and `FLUSHALL` is forbidden.
 */
export async function newRedisUrl(): Promise<string> {
  const url = inject('redisUrl');
  // Database 0 belongs to this count alone.
  const answer = await sendRedisCommand(Number(new URL(url).port), 'INCR', 'databases given to tests');
  const database = Number(answer.slice(1));
  if (!(database < REDIS_DATABASES)) throw new Error(`Redis has no database left: ${answer}`);
  return `${url}/${database}`;
}

/** The way behind pgbouncer to a database of the shared PostgreSQL, for tests that run where it is installed. */
export function behindPgbouncer(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.port = String(inject('pgbouncerPort'));
  return url.href;
}

/** The URL of a new database behind pgbouncer. */
export async function newPooledDatabaseUrl(): Promise<string> {
  return behindPgbouncer(await newDatabaseUrl());
}
