import { StatementSync } from 'node:sqlite';

/**
 * The texts of the SQL statements that the process runs while `work` goes on. It stands between nothing: each statement
 * runs as it would, and is noted. The gateway of the test has to be the only one that is busy.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = [];
  const { all, run } = StatementSync.prototype;
  StatementSync.prototype.all = function (this: StatementSync, ...parameters: Parameters<typeof all>) {
    texts.push(this.sourceSQL);
    return all.apply(this, parameters);
  } as typeof all;
  StatementSync.prototype.run = function (this: StatementSync, ...parameters: Parameters<typeof run>) {
    texts.push(this.sourceSQL);
    return run.apply(this, parameters);
  } as typeof run;
  try {
    await work();
  } finally {
    Object.assign(StatementSync.prototype, { all, run });
  }
  return texts;
}
