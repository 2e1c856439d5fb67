import type { Case, Comparison, Figure } from './case.ts';
import type { Sample } from './rounds.ts';

type Samples = ReadonlyMap<Case, readonly Sample[]>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/**
 * A case's figure over its peer's: the median of the rounds' own ratios, since two neighbours in time share what the
 * machine did to them.
 */
function ratio(samples: Samples, one: Case, { peer }: Comparison, figure: Figure): number {
  const theirs = samples.get(peer) ?? [];
  return median((samples.get(one) ?? []).map((sample, round) => sample[figure] / (theirs[round]?.[figure] ?? 0)));
}

/** The ratios to all that a case is held against. */
function ratios(samples: Samples, one: Case, figure: Figure): string {
  return (one.comparisons ?? []).map((comparison) => times(ratio(samples, one, comparison, figure))).join(', ');
}

export function formatResults(samples: Samples): string {
  const rows = [...samples].map(([one, ofCase]) => {
    const figure = (name: keyof Sample) => median(ofCase.map((sample) => sample[name]));
    const total = (name: keyof Sample) => ofCase.reduce((sum, sample) => sum + sample[name], 0);
    return [
      one.server.name,
      one.work,
      whole(figure('perSecond')),
      figure('p50Ms').toFixed(1),
      figure('p99Ms').toFixed(1),
      whole(figure('cpuMicroseconds')),
      `${whole(median(ofCase.map((sample) => (sample.perSecond * sample.cpuMicroseconds) / 1e4)))} %`,
      ratios(samples, one, 'perSecond'),
      ratios(samples, one, 'cpuMicroseconds'),
      whole(total('requests')),
      whole(total('non2xx')),
    ];
  });
  return formatTable(
    [
      'server',
      'work',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU µs/request',
      'core used',
      '× req/s',
      '× CPU',
      'n',
      'non-2xx',
    ],
    rows,
  );
}

/** A figure that is wanted, and what it came to. */
export interface Aim {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

/** What the cases' ratios to their peers are wanted to be, and are. */
export function aimsOfCases(samples: Samples): Aim[] {
  return [...samples.keys()].flatMap((one) =>
    (one.comparisons ?? []).flatMap((comparison): Aim[] => {
      if (comparison.aim === undefined) return [];
      const { figure, atLeast = 0, atMost = Number.POSITIVE_INFINITY } = comparison.aim;
      const measured = ratio(samples, one, comparison, figure);
      const unit = `× the ${figure === 'perSecond' ? 'requests/s' : 'CPU'} of ${comparison.peer.server.name}`;
      return [
        {
          name: one.work,
          wanted: `${atLeast > 0 ? `at least ${atLeast}` : `at most ${atMost}`} ${unit}`,
          measured: times(measured),
          met: measured >= atLeast && measured <= atMost,
        },
      ];
    }),
  );
}

export function formatAims(aims: readonly Aim[]): string {
  return formatTable(
    ['aim', 'wanted', 'measured', 'met'],
    aims.map(({ name, wanted, measured, met }) => [name, wanted, measured, met ? 'yes' : '**no**']),
  );
}

export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

export function times(value: number): string {
  return `${value.toFixed(2)} ×`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
