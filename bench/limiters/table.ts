import { type Aim, formatTable, median, times, whole } from '../table.ts';
import type { ContenderReport } from './driver.ts';
import { PER_MINUTE } from './limiter.ts';
import type { CheckRounds, CheckSample } from './measure-rounds.ts';

type Work = keyof CheckRounds;

const MANY_PER_SECOND_MIN = 1.5;
const REDIS_CPU_MAX = 1.05;
const USED_UP_PER_SECOND_MIN = 20;
const MEMORY_BYTES_MAX = 4500;

export function formatContenders(reports: readonly ContenderReport[]): string {
  const [union] = reports as [ContenderReport];
  return formatTable(
    [
      'limiter',
      'checks/s',
      '× checks/s',
      'Redis CPU µs/check',
      '× Redis CPU',
      'own CPU µs/check',
      'asked again',
      'used up: checks/s',
      'used up: × checks/s',
      'used up: Redis CPU µs/check',
      'bytes/organisation',
      'bytes/organisation, minute used up',
      'most admitted in any 60 s',
    ],
    reports.map((report) => [
      report.name,
      whole(figure(report.many, 'perSecond')),
      times(ratio(report, union, 'many', 'perSecond')),
      figure(report.many, 'redisMicroseconds').toFixed(2),
      times(ratio(report, union, 'many', 'redisMicroseconds')),
      figure(report.many, 'ownMicroseconds').toFixed(2),
      whole([...report.many, ...report.usedUp].reduce((sum, { repeated }) => sum + repeated, 0)),
      whole(figure(report.usedUp, 'perSecond')),
      times(ratio(report, union, 'usedUp', 'perSecond')),
      figure(report.usedUp, 'redisMicroseconds').toFixed(2),
      whole(report.afterOneCallBytes),
      whole(report.afterAllCallsBytes),
      report.mostInAnyMinute === undefined ? 'not measured' : whole(report.mostInAnyMinute),
    ]),
  );
}

/** What is wanted of the last contender, against the first. */
export function aimsOfContenders(reports: readonly ContenderReport[]): Aim[] {
  const [union] = reports as [ContenderReport];
  const ours = reports.at(-1) as ContenderReport;
  const checks = ratio(ours, union, 'many', 'perSecond');
  const redisCpu = ratio(ours, union, 'many', 'redisMicroseconds');
  const usedUp = ratio(ours, union, 'usedUp', 'perSecond');
  return [
    {
      name: 'checks of many organisations',
      wanted: `at least ${MANY_PER_SECOND_MIN} × the checks/s of the union`,
      measured: times(checks),
      met: checks >= MANY_PER_SECOND_MIN,
    },
    {
      name: "Redis's CPU for one of them",
      wanted: `at most ${REDIS_CPU_MAX} × that for the union`,
      measured: times(redisCpu),
      met: redisCpu <= REDIS_CPU_MAX,
    },
    {
      name: 'checks of organisations whose calls are used up',
      wanted: `at least ${USED_UP_PER_SECOND_MIN} × the checks/s of the union`,
      measured: times(usedUp),
      met: usedUp >= USED_UP_PER_SECOND_MIN,
    },
    {
      name: "Redis's memory for an organisation, all of its minute used",
      wanted: `under ${whole(MEMORY_BYTES_MAX)} bytes`,
      measured: whole(ours.afterAllCallsBytes),
      met: ours.afterAllCallsBytes < MEMORY_BYTES_MAX,
    },
    ...aimOfBursts(ours),
  ];
}

function aimOfBursts({ mostInAnyMinute }: ContenderReport): Aim[] {
  if (mostInAnyMinute === undefined) return [];
  return [
    {
      name: 'most admitted in any 60 s of the bursts',
      wanted: `at most ${PER_MINUTE}`,
      measured: whole(mostInAnyMinute),
      met: mostInAnyMinute <= PER_MINUTE,
    },
  ];
}

function figure(samples: readonly CheckSample[], name: keyof CheckSample): number {
  return median(samples.map((sample) => sample[name]));
}

/** The median of the rounds' own ratios, since neighbours in time share what the machine did to them. */
function ratio(one: ContenderReport, other: ContenderReport, work: Work, name: keyof CheckSample): number {
  return median(one[work].map((sample, round) => sample[name] / (other[work][round]?.[name] ?? Number.NaN)));
}
