import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import {
  partOf,
  type ReceivedRequest,
  TenantContract,
  type TenantPart,
  type TenantSettings,
} from './tenant-contract.js';
import { type Misbehaviour, misbehave } from './tenant-misbehaviour.js';

interface Fault {
  readonly misbehaviour: Misbehaviour;
  readonly part: TenantPart | undefined;
  timesLeft: number;
}

/**
 * A tenant on loopback that speaks the contract and misbehaves when it is told to. It keeps what it was asked:
 *
 *     await using tenant = await startTenant();
 *     tenant.misbehave({ kind: 'unauthorized' }, { part: 'api', times: 1 });
 *     …
 *     expect(tenant.count('token')).toBe(2);
 */
export class TenantStub implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #scheme: string;
  readonly #contract: TenantContract;
  #faults: Fault[] = [];
  #connections = 0;

  constructor(server: Server, scheme: string, contract: TenantContract) {
    this.#scheme = scheme;
    this.#contract = contract;
    this.#server = server.on('connection', () => this.#connections++);
    server.on('request', (request, response) => {
      this.#receive(request, response).catch((error) => response.destroy(error));
    });
  }

  get settings(): TenantSettings {
    return this.#contract.settings;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): TenantUrl {
    return parseTenantUrl(`${this.#scheme}://127.0.0.1:${this.port}`, { allowLoopback: true });
  }

  /** How many connections were made to it. */
  get connections(): number {
    return this.#connections;
  }

  /** How often a part was asked for. */
  count(part: TenantPart): number {
    return this.requests.filter((request) => request.part === part).length;
  }

  /** From now on, for so many requests to one part or to all: the last command given goes first. */
  misbehave(misbehaviour: Misbehaviour, options: { part?: TenantPart; times?: number } = {}): void {
    this.#faults.unshift({ misbehaviour, part: options.part, timesLeft: options.times ?? Number.POSITIVE_INFINITY });
  }

  /** Takes back every `misbehave`. */
  behave(): void {
    this.#faults = [];
  }

  /** Ends tokens before their time: one, or all that there are. */
  revoke(token?: string): void {
    this.#contract.revoke(token);
  }

  /** Ends the connections, idle or not, as a restart of the tenant's would. */
  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const body = await text(incoming);
    const request = { part: partOf(path), method, path, headers, body };
    this.requests.push(request);
    const fault = this.#faults.find(({ timesLeft, part }) => timesLeft > 0 && (part ?? request.part) === request.part);
    if (fault !== undefined) {
      fault.timesLeft--;
      if (await misbehave(fault.misbehaviour, response)) return;
    }
    const { status, content } = this.#contract.answer(request);
    const { requestId } = content;
    const ids = requestId === undefined ? {} : { 'x-gs-request-id': requestId, 'x-request-id': requestId };
    response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...ids });
    response.end(JSON.stringify(content));
  }
}

export interface TenantOptions extends Partial<TenantSettings> {
  /** By TLS where there is one, else by plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a tenant. Without settings it knows the client `tenant-client` and the access key `tenant-access-key`. */
export async function startTenant({ tls, ...settings }: TenantOptions = {}): Promise<TenantStub> {
  const contract = new TenantContract({
    clients: { 'tenant-client': 'tenant-secret' },
    accessKeys: ['tenant-access-key'],
    lifetimeSeconds: 86_400,
    expUnit: 'ms',
    givesSameTokenTwice: false,
    ...settings,
  });
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  const tenant = new TenantStub(server, tls === undefined ? 'http' : 'https', contract);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return tenant;
}
