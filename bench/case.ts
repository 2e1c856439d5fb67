import type { ChildProcess } from 'node:child_process';
import type { LoadRequest } from './load.ts';
import type { ServerProcess } from './processes.ts';
import { send } from './requests.ts';

export const CONNECTIONS = 50;
/** Ten live tokens for each connection: no two requests that are under way ask for the same one. */
export const LIVE_TOKENS = 10 * CONNECTIONS;

/** One row of the table. */
export interface Case {
  readonly work: string;
  readonly server: ServerProcess;
  /** The PostgreSQL behind it, where its CPU counts too. */
  readonly postgres?: ChildProcess;
  /** What it is held against, in the order in which the table gives the ratios. */
  readonly comparisons?: readonly Comparison[];
  /** What to send in the next round. */
  requests(): Promise<readonly LoadRequest[]>;
  /** What every answer must hold. */
  readonly mustContain: string;
}

export type Figure = 'perSecond' | 'cpuMicroseconds';

/** Another case, and what is wanted of the two figures' ratio. */
export interface Comparison {
  readonly peer: Case;
  readonly aim?: {
    readonly figure: Figure;
    readonly atLeast?: number;
    readonly atMost?: number;
  };
}

/** The floor of a fastify server of the peers: a route that answers each GET with an introspection's body. */
export function oneGetRoute(server: ServerProcess): Case {
  return {
    work: 'one GET route',
    server,
    mustContain: '"active":true',
    requests: async () => [{ method: 'GET', path: '/' }],
  };
}

/** Sends one request and looks at the answer as a client would. @throws Error where it is not what the case measures */
export async function check({ work, server, mustContain }: Case, request: LoadRequest): Promise<void> {
  const { status, text } = await send(server, request);
  if (status !== 200 || !text.includes(mustContain)) {
    throw new Error(`${server.name}, ${work}: ${status} ${text} instead of ${mustContain}`);
  }
}
