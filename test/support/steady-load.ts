import type { Answer } from './rest.js';

/** One kind of request that clients send again and again. */
export interface Work {
  readonly name: string;
  readonly send: () => Promise<Answer>;
  /** What is wrong with an answer of status 200, if anything is. */
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

  async #loop({ name, send, wrongWith }: Work): Promise<void> {
    while (!this.#isOver) {
      const begunAt = performance.now();
      const outcome = await send().catch((error: unknown) => `${error} ${(error as Error).cause ?? ''}`);
      const figures = this.#figures.get(name) as WorkFigures;
      const endedAt = performance.now();
      figures.slowestMs = Math.max(figures.slowestMs, endedAt - begunAt);
      const problem = typeof outcome === 'string' ? outcome : problemOf(outcome, wrongWith);
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

function problemOf(answer: Answer, wrongWith: Work['wrongWith']): string | undefined {
  if (answer.status === 503) return UNAVAILABLE;
  if (answer.status !== 200) return `${answer.status} ${answer.text}`;
  // Over GraphQL "come back" is an error with a code.
  if (answer.text.includes('"SERVICE_UNAVAILABLE"')) return UNAVAILABLE;
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
