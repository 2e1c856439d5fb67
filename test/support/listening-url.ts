import { channel } from 'node:diagnostics_channel';
import type { AddressInfo, Server } from 'node:net';

/**
 * Where the server that `start` brings up listens. A gateway that was given a public URL calls itself by that one, so
 * that the port it was given by the system is to be had from Node alone.
 */
export async function listeningUrlOf<T>(start: () => Promise<T>): Promise<{ started: T; url: string }> {
  const addresses: AddressInfo[] = [];
  const note = (message: unknown) => {
    const address = (message as { server: Server }).server.address();
    // The socket for operators has a path.
    if (address !== null && typeof address !== 'string') addresses.push(address);
  };
  const listening = channel('tracing:net.server.listen:asyncEnd');
  listening.subscribe(note);
  try {
    const started = await start();
    const [address] = addresses;
    if (address === undefined || addresses.length > 1) throw new Error(`${addresses.length} servers were started`);
    return { started, url: `http://${address.address}:${address.port}` };
  } finally {
    listening.unsubscribe(note);
  }
}
