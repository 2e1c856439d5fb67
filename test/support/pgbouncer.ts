import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { POSTGRES_USER } from './postgres-data.js';
import { findBinary } from './programs.js';
import { runPostgres } from './run-postgres.js';
import { spawnServer, untilReady } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** A pgbouncer in transaction mode in front of a PostgreSQL on 127.0.0.1. */
export interface Pgbouncer extends AsyncDisposable {
  readonly port: number;
}

/** Starts pgbouncer, where it is installed. */
export async function startPgbouncer(postgresPort: number): Promise<Pgbouncer | undefined> {
  const program = findBinary('pgbouncer');
  if (program === undefined) return undefined;
  await using started = new AsyncDisposableStack();
  const directory = started.use(await createTemporaryDirectory());
  const port = await freePort();
  const [settings, users] = [join(directory.path, 'pgbouncer.ini'), join(directory.path, 'users')];
  await writeFile(users, '"postgres" ""\n');
  await writeFile(
    settings,
    `[databases]
* = host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 1000
server_idle_timeout = 1
server_login_retry = 1
`,
  );
  await chmod(directory.path, 0o755);
  const server = spawnServer([program, settings], { directory: directory.path, user: POSTGRES_USER });
  started.defer(async () => {
    server.kill('SIGKILL');
    await server.ended;
  });
  await untilReady(server, 'pgbouncer', () => answers(port));
  const running = started.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function answers(port: number): Promise<boolean> {
  return runPostgres(`postgres://postgres@127.0.0.1:${port}/postgres`, 'select 1').then(
    () => true,
    () => false,
  );
}
