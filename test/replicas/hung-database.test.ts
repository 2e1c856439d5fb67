import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { ConnectionsDocument, RenameConnectionDocument } from '../generated/graphql.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, requestToken } from '../support/machine.js';
import { openPostgresSession, untilLocked } from '../support/postgres-session.js';
import { HASTY_MS, newReplicatedPlace, serversConfigOf } from '../support/replicated-database.js';

/** A gateway with idle connections to PostgreSQL, through a link that can be cut. */
async function startOnLink() {
  await using stack = new AsyncDisposableStack();
  const { databaseUrl, redisUrl } = await newReplicatedPlace();
  const link = stack.use(await startFaultProxy(Number(new URL(databaseUrl).port)));
  const throughLink = new URL(databaseUrl);
  throughLink.port = String(link.port);
  const servers = serversConfigOf({ databaseUrl: throughLink.href, redisUrl }, HASTY_MS);
  const gateway = stack.use(await startTestGateway({ config: { servers }, logger: createLogger('silent') }));
  // So that the gateway, which is stopped first, reaches PostgreSQL again.
  stack.defer(() => link.pass());
  const machine = await createMachine(gateway.client());
  await Promise.all(Array.from({ length: 10 }, () => gateway.client().run(ConnectionsDocument)));
  const disposal = stack.move();
  return { databaseUrl, link, gateway, machine, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

const ORGANIZATIONS = 'select id from organizations for update';
const SECRETS = 'select id from connection_secrets for update';
/** Reading waits for no row's lock. */
const TABLES = 'lock table connections, connection_secrets in access exclusive mode';

test.concurrent.for<readonly [what: string, isUsed: boolean, locks: readonly string[], operation: object]>([
  ['a change, in the middle of its transaction,', false, [ORGANIZATIONS], RenameConnectionDocument],
  ['a change, before which last uses are written,', true, [SECRETS, ORGANIZATIONS], RenameConnectionDocument],
  ['a list, before which last uses are written,', true, [TABLES], ConnectionsDocument],
])('where PostgreSQL stops answering, %s is answered as unavailable', async ([, isUsed, locks, operation]) => {
  await using started = await startOnLink();
  const { databaseUrl, link, gateway, machine } = started;
  if (isUsed) await requestToken(gateway.url, machine);
  // Held up by somebody else's lock, the statement is under way when the link is cut.
  await using session = await openPostgresSession(databaseUrl);
  await session.run('begin');
  for (const lock of locks) await session.run(lock);

  const answering = gateway.client().send(operation.toString(), { id: machine.connectionId, name: 'renamed' });
  await untilLocked(databaseUrl);
  link.blackhole();
  const { errors = [] } = await answering;

  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
});
