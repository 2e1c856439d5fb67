import { IntrospectTokenDocument } from '../generated/graphql.js';
import type { GraphqlClient } from './graphql-client.js';
import { createMachine, isActive, requestToken } from './machine.js';
import { until } from './until.js';

/** Clients that go on asking for tokens and introspecting them, by REST and by GraphQL, one request after the other. */
export class RollingLoad {
  readonly served = { token: 0, introspection: 0, graphql: 0 };
  /** Each request that failed, in words. */
  readonly failed: string[] = [];
  readonly #url: string;
  readonly #clients: Promise<void>[];
  #isOver = false;

  /** One client for each of the super admins: each of an organisation of its own, so that none uses up its calls. */
  constructor(url: string, admins: readonly GraphqlClient[]) {
    this.#url = url;
    this.#clients = admins.map((admin) => this.#loop(admin));
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

  async #loop(admin: GraphqlClient): Promise<void> {
    const machine = await createMachine(admin);
    while (!this.#isOver) {
      try {
        const token = await requestToken(this.#url, machine);
        this.served.token++;
        if (!(await isActive(this.#url, machine, token))) throw new Error('the token is not active');
        this.served.introspection++;
        const { introspectToken } = await admin.run(IntrospectTokenDocument, { token });
        if (!introspectToken.active) throw new Error('the token is not active over GraphQL');
        this.served.graphql++;
      } catch (error) {
        this.failed.push(`${error} ${(error as Error).cause ?? ''}`);
      }
    }
  }
}
