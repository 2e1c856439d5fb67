import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { PEER_CLIENT } from './peer-client.ts';

/** Serves oidc-provider with one client; resolves with its address. Without an adapter it has its own, in memory. */
export async function serveProvider(adapter?: new (name: string) => object): Promise<string> {
  const provider = new Provider('http://127.0.0.1', {
    ...(adapter === undefined ? {} : { adapter }),
    clients: [
      {
        client_id: PEER_CLIENT.clientId,
        client_secret: PEER_CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
    },
    ttl: { ClientCredentials: 86_400 },
  });
  const server = createServer(provider.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
