import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Quota } from '../../src/domain/limits/quota.js';

const PROCESS = join(import.meta.dirname, 'flooding-process.ts');

export interface FloodPlan {
  readonly redisUrl: string;
  readonly subjects: readonly string[];
  readonly quota: Quota;
  readonly lastMs: number;
  readonly deadlineMs: number;
}

/** What one process has seen, or all of them. */
export interface FloodReport {
  /** Those of the neighbours are not among them. */
  calls: number;
  /** For each subject, in the plan's order. */
  readonly admittedAtUs: number[][];
  /** Of the calls of those whose limits nobody reaches. */
  readonly neighbours: { admitted: number; refused: number };
}

/** Floods the same subjects from so many processes at once. */
export async function floodFromProcesses(processes: number, plan: FloodPlan): Promise<FloodReport> {
  const reports = await Promise.all(Array.from({ length: processes }, () => floodFromProcess(plan)));
  const sum = (of: (report: FloodReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    calls: sum(({ calls }) => calls),
    admittedAtUs: plan.subjects.map((_, index) =>
      reports.flatMap(({ admittedAtUs }) => admittedAtUs[index] ?? []).sort((one, other) => one - other),
    ),
    neighbours: {
      admitted: sum(({ neighbours }) => neighbours.admitted),
      refused: sum(({ neighbours }) => neighbours.refused),
    },
  };
}

function floodFromProcess(plan: FloodPlan): Promise<FloodReport> {
  return new Promise((resolve, reject) => {
    const child = fork(PROCESS, [JSON.stringify(plan)]);
    child.on('error', reject);
    child.on('message', (report: FloodReport) => resolve(report));
    // Nothing is left to be told by a process that fell.
    child.on('exit', (code, signal) => reject(new Error(`the flooding process ended with ${code ?? signal}`)));
  });
}
