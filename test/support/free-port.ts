import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports below those that the system gives to outgoing connections: while a server is down, between a kill and a
 * restart, nobody else is given its port. Redis Cluster's nodes listen at 10,000 above their port too, and that is still
 * below.
 */
const LOWEST = 12_000;
const COUNT = 10_000;
const CLUSTER_BUS_ABOVE = 10_000;

const given = new Set<number>();

/** A port of 127.0.0.1 at which nothing listens, nor at the one of a cluster's bus. Given out once by each process. */
export async function freePort(): Promise<number> {
  for (let attempts = 0; attempts < 100; attempts++) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + CLUSTER_BUS_ABOVE))) return port;
  }
  throw new Error(`found no free port from ${LOWEST} on`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
