import type { Metric, Registry } from 'prom-client';

/** The durations of all requests of one route and status. */
interface Series {
  readonly labels: { readonly route: string; readonly status: number | string };
  /** How many requests each bucket has beyond the one before it; the last: those beyond all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

interface Options {
  readonly name: string;
  readonly help: string;
  /** The buckets' upper bounds in seconds, ascending. */
  readonly buckets: readonly number[];
  readonly registers: readonly Registry[];
}

/** Whose client left before the response. */
const LEFT = 'left';

/**
 * A histogram of requests by route and status. prom-client's own builds and validates labels for each observation; here
 * a request costs two look-ups and two additions, and what they add up to is computed when somebody scrapes.
 */
export class RequestDurations {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #byRoute = new Map<string, Map<number | undefined, Series>>();
  /** In the order of their first requests. */
  readonly #series: Series[] = [];

  constructor({ name, help, buckets, registers }: Options) {
    this.name = name;
    this.#help = help;
    this.#bounds = buckets;
    // A registry asks a metric for its name and `get`; its types name prom-client's own classes alone.
    for (const registry of registers) registry.registerMetric(this as unknown as Metric);
  }

  /** `status` is undefined for a request whose client left before the response. */
  observe(route: string, status: number | undefined, seconds: number): void {
    const series = this.#byRoute.get(route)?.get(status) ?? this.#add(route, status);
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** What a registry prints, in prom-client's own form. */
  async get(): Promise<object> {
    const values = this.#series.flatMap((series) => this.#read(series));
    return { name: this.name, help: this.#help, type: 'histogram', aggregator: 'sum', values };
  }

  #read({ labels, counts, sum }: Series): object[] {
    let count = 0;
    const buckets = Array.from(counts, (ofBucket, index) => {
      count += ofBucket;
      const le = this.#bounds[index] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }

  #add(route: string, status: number | undefined): Series {
    const counts = new Float64Array(this.#bounds.length + 1);
    const series: Series = { labels: { route, status: status ?? LEFT }, counts, sum: 0 };
    const ofRoute = this.#byRoute.get(route) ?? new Map<number | undefined, Series>();
    this.#byRoute.set(route, ofRoute.set(status, series));
    this.#series.push(series);
    return series;
  }
}
