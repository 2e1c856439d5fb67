import { HeaderMap } from '@apollo/server';
import { LimitService } from '../../src/domain/limits/limit.service.js';
import type { Principal } from '../../src/domain/principal.js';
import { createLogger } from '../../src/lib/logger.js';
import { MemoryCallCounter } from '../../src/stores/memory/call-counter.memory.js';
import { type GraphqlContext, Loaders } from '../../src/transports/graphql/context.js';
import { createExecution } from '../../src/transports/graphql/execution.js';
import type { OperationParams } from '../../src/transports/graphql/request.reader.js';
import { buildServedSchema } from '../../src/transports/graphql/schema.js';
import { limitsOf } from './limits.js';
import type { TestServices } from './services.js';

/** All that a caller sees of an answer, and what operators see of it. */
export interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly counted: readonly string[];
  readonly logged: string;
}

export interface Asked {
  readonly params: OperationParams;
  readonly principal: Principal | undefined;
  readonly accept: string | undefined;
}

/**
 * Apollo's execution and the direct one, of one schema on one state; each with limits, counts of errors and a log of its
 * own. `direct` is undefined where Apollo has to answer.
 */
export async function openExecutionPair(services: TestServices, { plansQueries = true } = {}) {
  const schema = await buildServedSchema(services);
  const open = async () => {
    const counter = new MemoryCallCounter(services.clock);
    const limits = new LimitService({ counter, alone: counter, limits: limitsOf({ perMinute: 40 }) });
    const counted: string[] = [];
    const logged: string[] = [];
    const logger = createLogger('info', { write: (line) => logged.push(line.replace(/"time":"[^"]*"/, '')) });
    const countError = (code: string) => counted.push(code);
    const execution = createExecution({ schema, limits, plansQueries, sandbox: false, countError, logger }, false);
    await execution.apollo.start();
    const taken = () => ({ counted: counted.splice(0), logged: logged.splice(0).join('') });
    return { ...execution, taken };
  };
  const [plain, known] = [await open(), await open()];
  const contextOf = (principal: Principal | undefined): GraphqlContext => ({
    ...{ requestId: 'request', principal },
    loaders: new Loaders(principal, services),
  });
  const byApollo = async ({ apollo, taken }: typeof plain, { params, principal, accept }: Asked): Promise<Seen> => {
    const headers = new HeaderMap([['content-type', 'application/json']]);
    if (accept !== undefined) headers.set('accept', accept);
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, body: params, search: '' },
      context: async () => contextOf(principal),
    });
    if (answer.body.kind !== 'complete') throw new Error(answer.body.kind);
    const { status = 200, headers: told, body } = answer;
    return { status, headers: Object.fromEntries(told), body: body.string, ...taken() };
  };
  return {
    schema,
    apollo: (asked: Asked) => byApollo(plain, asked),
    /** Has a document arrive twice, as a stranger sends it: nothing of it is executed. */
    introduce: async (params: OperationParams) => {
      for (let time = 0; time < 2; time++) await byApollo(known, { params, principal: undefined, accept: undefined });
    },
    direct: async ({ params, principal, accept }: Asked): Promise<Seen | undefined> => {
      const found = known.direct.find(params, {});
      if (found === undefined) return undefined;
      const { status, headers, body } = await known.direct.execute(found, contextOf(principal), accept);
      return { status, headers: { ...headers }, body, ...known.taken() };
    },
  };
}
