import { openReplica, type ReplicatedPlace } from '../support/replicated-database.js';
import type { OpenedDatabase } from './open-database.js';

/** Opens a replicated state as one replica, and as another where a suite asks for it. */
export async function openReplicas(place: ReplicatedPlace): Promise<OpenedDatabase> {
  await using stack = new AsyncDisposableStack();
  const { database } = stack.use(await openReplica(place));
  const opened = stack.move();
  return {
    database,
    openAnother: async () => opened.use(await openReplica(place)).database,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
