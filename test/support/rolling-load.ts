import { IntrospectTokenDocument } from '../generated/graphql.js';
import type { GraphqlClient } from './graphql-client.js';
import { createMachine, isActive, type MachineCredentials, requestToken } from './machine.js';
import { until } from './until.js';

interface Caller {
  readonly admin: GraphqlClient;
  readonly machine: MachineCredentials;
}

/** Clients that go on asking for tokens and introspecting them, by REST and by GraphQL, one request after the other. */
export class RollingLoad {
  readonly served = { token: 0, introspection: 0, graphql: 0 };
  /** Each request that failed, in words. */
  readonly failed: string[] = [];
  readonly #url: string;
  readonly #clients: Promise<void>[];
  #isOver = false;

  /** Each client calls for one organisation after the other, so that none uses up its calls. */
  constructor(url: string, admins: readonly GraphqlClient[], clients: number) {
    this.#url = url;
    const callers = Promise.all(admins.map(async (admin) => ({ admin, machine: await createMachine(admin) })));
    this.#clients = Array.from({ length: clients }, (_, index) => this.#loop(callers, index));
  }

  async untilAnswered(more: number): Promise<void> {
    const enough = this.answered + more;
    await until(`${more} more were answered`, () => this.answered >= enough);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  get answered(): number {
    return Object.values(this.served).reduce((sum, count) => sum + count, 0);
  }

  async #loop(callers: Promise<readonly Caller[]>, first: number): Promise<void> {
    const all = await callers;
    for (let turn = first; !this.#isOver; turn++) {
      try {
        await this.#ask(all[turn % all.length] as Caller);
      } catch (error) {
        this.failed.push(`${error} ${(error as Error).cause ?? ''}`);
      }
    }
  }

  async #ask({ admin, machine }: Caller): Promise<void> {
    const token = await requestToken(this.#url, machine);
    this.served.token++;
    if (!(await isActive(this.#url, machine, token))) throw new Error('the token is not active');
    this.served.introspection++;
    const { introspectToken } = await admin.run(IntrospectTokenDocument, { token });
    if (!introspectToken.active) throw new Error('the token is not active over GraphQL');
    this.served.graphql++;
  }
}
