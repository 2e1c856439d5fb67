import { once } from 'node:events';
import { createServer } from 'node:net';

/** The ports of this machine that stand for those of the containers: `service:port` of theirs to one of ours. */
export class Addresses {
  readonly #names: readonly string[];
  readonly #ports = new Map<string, number>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Gives a service's port a place on this machine; a free one for 0. */
  async place(name: string, port: number, wanted = 0): Promise<number> {
    const placed = this.#ports.get(`${name}:${port}`) ?? (await listenable(wanted));
    this.#ports.set(`${name}:${port}`, placed);
    return placed;
  }

  /** Where each port of a service's is found. */
  describe(name: string): string {
    const placed = [...this.#ports].filter(([place]) => place.startsWith(`${name}:`));
    return placed.map(([place, port]) => `${place.slice(name.length + 1)} is 127.0.0.1:${port}`).join(', ');
  }

  /** The words of one service's command or configuration: its own addresses, and those of the others by their names. */
  translate(text: string, own: string): Promise<string> {
    return this.#replaced(text, own, [...this.#names, '127\\.0\\.0\\.1', '(?<=bind )']);
  }

  /** The environment of one service: addresses in it, and the ports and the hosts that it is told to listen on. */
  async translateEnvironment(environment: Readonly<Record<string, string>>, own: string) {
    const translated: Record<string, string> = {};
    for (const [name, value] of Object.entries(environment)) {
      if (value === '0.0.0.0') translated[name] = '127.0.0.1';
      else if (/(?:^|_)PORT$/.test(name)) translated[name] = String(await this.place(own, Number(value)));
      else translated[name] = await this.#replaced(value, own, this.#names);
    }
    return translated;
  }

  async #replaced(text: string, own: string, hosts: readonly string[]): Promise<string> {
    // Behind a letter or a hyphen it would be the end of another name.
    const address = new RegExp(`(?<![\\w.-])(?<host>${hosts.join('|')}):(?<port>\\d{2,5})(?!\\d)`, 'g');
    let translated = '';
    let end = 0;
    for (const found of text.matchAll(address)) {
      const { host = '', port } = found.groups ?? {};
      const placed = await this.place(this.#names.includes(host) ? host : own, Number(port));
      translated += `${text.slice(end, found.index)}127.0.0.1:${placed}`;
      end = found.index + found[0].length;
    }
    return translated + text.slice(end);
  }
}

/** Below those that the system gives to outgoing connections: a service that is started anew finds its port free. */
const LOWEST = 22_000;
const COUNT = 10_000;

const given = new Set<number>();

/** The port that is wanted, or any for 0. @throws Error if something listens at it */
async function listenable(wanted: number): Promise<number> {
  const port = wanted === 0 ? LOWEST + Math.floor(Math.random() * COUNT) : wanted;
  if (!given.has(port) && (await isFree(port))) {
    given.add(port);
    return port;
  }
  if (wanted !== 0) throw new Error(`Port ${wanted} is taken: name another by --port.`);
  return listenable(0);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
