import type { Answer } from './rest.js';

/** One kind of request that clients send again and again. */
export interface Work {
  readonly name: string;
  readonly send: () => Promise<Answer>;
  /** The statuses that are well, where 200 alone is not. */
  readonly statuses?: readonly number[];
  /** What is wrong with an answer whose status is well, if anything is. */
  readonly wrongWith?: (answer: Answer) => string | undefined;
}

/** What came of a kind of request, in one stretch of time. */
export interface WorkFigures {
  ok: number;
  /** 503: told to come back. */
  unavailable: number;
  /** Anything else, in words. */
  readonly failures: string[];
  slowestMs: number;
  /** When the last request that was not answered with 200 was answered, by the monotonic clock. */
  lastUnavailableAt: number;
  /** When the first such one was. */
  firstUnavailableAt: number;
}

/** Clients that go on sending until they are told to stop, so that a fault meets requests and not silence. */
export class SteadyLoad {
  readonly #works: readonly Work[];
  readonly #clients: Promise<void>[];
  #figures = new Map<string, WorkFigures>();
  #isOver = false;

  constructor(works: readonly Work[], clientsOfEach: number) {
    this.#works = works;
    this.#reset();
    this.#clients = works.flatMap((work) => Array.from({ length: clientsOfEach }, () => this.#loop(work)));
  }

  /** The figures since they were taken last. */
  take(): ReadonlyMap<string, WorkFigures> {
    const figures = this.#figures;
    this.#reset();
    return figures;
  }

  async stop(): Promise<ReadonlyMap<string, WorkFigures>> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.take();
  }

  #reset(): void {
    this.#figures = new Map(
      this.#works.map(({ name }) => [
        name,
        {
          ok: 0,
          unavailable: 0,
          failures: [],
          slowestMs: 0,
          lastUnavailableAt: Number.NaN,
          firstUnavailableAt: Number.NaN,
        },
      ]),
    );
  }

  async #loop(work: Work): Promise<void> {
    const { name, send } = work;
    while (!this.#isOver) {
      const begunAt = performance.now();
      const outcome = await send().catch((error: unknown) => `${error} ${(error as Error).cause ?? ''}`);
      const figures = this.#figures.get(name) as WorkFigures;
      const endedAt = performance.now();
      figures.slowestMs = Math.max(figures.slowestMs, endedAt - begunAt);
      const problem = typeof outcome === 'string' ? outcome : problemOf(outcome, work);
      if (problem === undefined) {
        figures.ok++;
        continue;
      }
      figures.lastUnavailableAt = endedAt;
      if (Number.isNaN(figures.firstUnavailableAt)) figures.firstUnavailableAt = endedAt;
      if (problem === UNAVAILABLE) figures.unavailable++;
      else figures.failures.push(problem);
    }
  }
}

const UNAVAILABLE = 'unavailable';

/** Whether whoever asked is told to come back: over GraphQL by an error with a code. */
export function isUnavailable({ status, text }: Answer): boolean {
  return status === 503 || text.includes('"code":"SERVICE_UNAVAILABLE"');
}

function problemOf(answer: Answer, { statuses = [200], wrongWith }: Work): string | undefined {
  if (isUnavailable(answer)) return UNAVAILABLE;
  if (!statuses.includes(answer.status)) return `${answer.status} ${answer.text}`;
  return wrongWith?.(answer);
}

/** What is worst in them, and how many requests they are about. */
export function worstOf(...figures: readonly ReadonlyMap<string, WorkFigures>[]) {
  const all = figures.flatMap((each) => [...each.values()]);
  const sum = (of: (work: WorkFigures) => number) => all.reduce((total, work) => total + of(work), 0);
  const failed = sum(({ failures }) => failures.length);
  return {
    slowest: `${Math.max(...all.map(({ slowestMs }) => slowestMs)).toFixed(0)} ms`,
    failed: `${failed} failed`,
    requests: `${failed + sum(({ ok, unavailable }) => ok + unavailable)} requests`,
  };
}

/** The figures as one line for a report. */
export function reportOf(figures: ReadonlyMap<string, WorkFigures>): string {
  return [...figures]
    .map(([name, { ok, unavailable, failures, slowestMs, firstUnavailableAt, lastUnavailableAt }]) => {
      const outage = lastUnavailableAt - firstUnavailableAt;
      const lasted = Number.isNaN(outage) ? '' : ` over ${outage.toFixed(0)} ms`;
      return `${name}: ${ok} ok, ${unavailable} unavailable${lasted}, ${failures.length} failed, slowest ${slowestMs.toFixed(0)} ms`;
    })
    .join('; ');
}
