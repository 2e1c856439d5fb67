import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeError, type Logger } from './lib/logger.js';

/**
 * The socket in the data directory by which operator commands reach the running gateway, which alone has the database
 * open. Its user alone may ask, also where others may enter the directory; there is no network to it.
 */
function socketPath(directory: string): string {
  return join(directory, 'operator.sock');
}

interface Answer {
  readonly error?: string;
}

/**
 * Answers `latchkey backup`: copies the database to the file that the command names. A directory that takes no socket, as
 * one whose path is too long, costs the command and not the gateway.
 */
export async function openOperatorSocket(
  directory: string,
  copyTo: (path: string) => Promise<void>,
  logger: Logger,
): Promise<() => Promise<void>> {
  const path = socketPath(directory);
  const asking = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    asking.add(socket);
    for (const event of ['end', 'close']) socket.once(event, () => asking.delete(socket));
    socket.on('error', () => undefined);
    void answer(socket, copyTo, logger);
  });
  try {
    // What is there is of a gateway that was killed: this one has the database's lock.
    rmSync(path, { force: true });
    server.listen(path);
    await once(server, 'listening');
    chmodSync(path, 0o600);
  } catch (error) {
    logger.warn('no operator command can reach this gateway', { detail: describeError(error) });
    return async () => undefined;
  }
  server.unref();
  return async () => {
    server.close();
    // Who has not asked yet must not hold up the stop; a copy that is under way is finished.
    for (const socket of asking) socket.destroy();
    await once(server, 'close');
  };
}

async function answer(socket: Socket, copyTo: (path: string) => Promise<void>, logger: Logger): Promise<void> {
  const path = await text(socket).catch(() => undefined);
  if (path === undefined) return;
  let said: Answer;
  try {
    await copyTo(path);
    said = {};
  } catch (error) {
    logger.error('a backup failed', { detail: describeError(error) });
    said = { error: (error as Error).message };
  }
  socket.end(JSON.stringify(said));
}

/**
 * Has the gateway of a data directory copy its database to a file. False where no gateway runs there.
 * @throws Error with what the gateway says
 */
export async function requestCopy(directory: string, path: string): Promise<boolean> {
  const socket = connect({ path: socketPath(directory), allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch {
    return false;
  }
  socket.end(path);
  const { error } = JSON.parse(await text(socket)) as Answer;
  if (error !== undefined) throw new Error(error);
  return true;
}
