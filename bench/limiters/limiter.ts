/** One way to hold subjects to 100 calls a minute and 50,000 a day. */
export interface Limiter {
  /**
   * Whether calls of `cost` are admitted; they are counted then.
   * @throws what `isUnanswered` knows, where Redis did not answer in time; they may be counted then
   */
  admit(subject: string, cost: number): boolean | Promise<boolean>;
  close(): void;
}

export const PER_MINUTE = 100;
export const PER_DAY = 50_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** The product gives up on a Redis that does not answer within 250 ms, as happens on a machine that is busy with others. */
export function isUnanswered(error: unknown): boolean {
  return (error as { code?: string }).code === 'TEMPORARILY_UNAVAILABLE';
}
