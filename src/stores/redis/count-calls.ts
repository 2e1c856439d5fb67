import type { Decision, WindowState } from '../../domain/limits/call-log.js';
import type { Quota } from '../../domain/limits/quota.js';

/** The question to lua/countCalls.lua about one subject. */
export interface CountRequest {
  readonly quota: Quota;
  /** The cost of each call, in order of arrival. */
  readonly costs: readonly number[];
  /** Calls admitted without asking Redis. */
  readonly owed?: number;
  /** What this replica saw last of the subject. */
  readonly claim?: Claim | undefined;
  /** Whether to send the whole claim: only where the script has asked for it. */
  readonly isWhole?: boolean;
}

/** What a replica tells a server that lost its data. Instants are microseconds, by the server's clock. */
export interface Claim {
  /** Names one creation of the subject's log. */
  readonly epoch: number;
  /** How many calls were ever counted. */
  readonly number: number;
  readonly lastAtUs: number;
  readonly inMinute: number;
  readonly inDay: number;
}

const NO_CLAIM: Claim = { epoch: 0, number: 0, lastAtUs: 0, inMinute: 0, inDay: 0 };

/** A cost that no call has: the subject's question goes on behind it. */
const MORE = -1;
const BYTES_PER_NUMBER = 8;

/** The script's argument: the questions about each subject, in the order of the keys. */
export function packQuestions(requests: readonly CountRequest[]): Buffer {
  const numbers: number[] = [];
  for (const request of requests) addQuestion(numbers, request);
  const packed = Buffer.allocUnsafe(BYTES_PER_NUMBER * numbers.length);
  let at = 0;
  for (const number of numbers) at = packed.writeDoubleLE(number, at);
  return packed;
}

function addQuestion(numbers: number[], request: CountRequest): void {
  const { quota, costs, owed = 0, claim = NO_CLAIM, isWhole = false } = request;
  const perDay = quota.perDay ?? 0;
  numbers.push(quota.perMinute, quota.dayWindow === 'calendar' ? -perDay : perDay, claim.epoch, claim.number);
  const cost = costs[0] ?? 0;
  if (owed === 0 && !isWhole && (costs.length === 1 || costs.every((each) => each === cost))) {
    numbers.push(cost, costs.length);
    return;
  }
  const runs = runsOf(costs);
  numbers.push(MORE, owed, claim.lastAtUs, claim.inMinute, claim.inDay, runs.length);
  for (const { cost: each, length } of runs) numbers.push(each, length);
}

/** The script's answer for one subject: a decision for each cost, and the next claim, if any. */
export interface Counted {
  readonly decisions: readonly Decision[];
  readonly claim: Claim | undefined;
}

/** Reads the script's answer, subject by subject. */
export class CountAnswer {
  readonly #packed: Buffer;
  readonly #nowUs: number;
  #at = BYTES_PER_NUMBER;

  constructor(packed: Buffer) {
    this.#packed = packed;
    this.#nowUs = packed.readDoubleLE(0);
  }

  /** The next subject's part; undefined where the script first needs the whole claim. */
  read(request: CountRequest): Counted | undefined {
    const kind = this.#next();
    if (kind === 2) return undefined;
    return kind === 1 ? this.#readAdmitted(request) : this.#readAny(request);
  }

  #next(): number {
    const number = this.#packed.readDoubleLE(this.#at);
    this.#at += BYTES_PER_NUMBER;
    return number;
  }

  #readAdmitted({ quota, costs, claim }: CountRequest): Counted {
    const number = this.#next();
    const state = this.#readState();
    const cost = costs[0] ?? 0;
    const decisions = costs.map((_, index) => {
      const laterCalls = (costs.length - 1 - index) * cost;
      return decisionOf(quota, state, { isAdmitted: true, laterCalls });
    });
    // A claim needs an epoch, which the script gives on its slow path only.
    const seen = claim === undefined ? undefined : toClaim(claim.epoch, number, state.nowUs, quota, state);
    return { decisions, claim: seen };
  }

  #readAny({ quota, costs }: CountRequest): Counted {
    const [epoch, number, lastAtUs] = [this.#next(), this.#next(), this.#next()];
    const state = this.#readState();
    this.#next();
    const runs = runsOf(costs).map((run): CountedRun => {
      return { ...run, admitted: this.#next(), minuteRetryAtUs: this.#next(), dayRetryAtUs: this.#next() };
    });
    const decisions = decideRuns(quota, state, runs);
    return { decisions, claim: epoch === 0 ? undefined : toClaim(epoch, number, lastAtUs, quota, state) };
  }

  #readState(): State {
    const nowUs = this.#nowUs;
    const inMinuteLeft = this.#next();
    const minuteResetsAtUs = nowUs + this.#next();
    const inDayLeft = this.#next();
    return { nowUs, inMinuteLeft, minuteResetsAtUs, inDayLeft, dayResetsAtUs: nowUs + this.#next() };
  }
}

/** The windows after all of the calls. */
interface State {
  readonly nowUs: number;
  readonly inMinuteLeft: number;
  readonly minuteResetsAtUs: number;
  readonly inDayLeft: number;
  readonly dayResetsAtUs: number;
}

/** Equal costs in a row, which the script decides together: the first calls fit. */
interface Run {
  readonly cost: number;
  length: number;
}

interface CountedRun extends Readonly<Run> {
  readonly admitted: number;
  readonly minuteRetryAtUs: number;
  readonly dayRetryAtUs: number;
}

function runsOf(costs: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const cost of costs) {
    const last = runs.at(-1);
    if (last?.cost === cost) last.length++;
    else runs.push({ cost, length: 1 });
  }
  return runs;
}

function toClaim(epoch: number, number: number, lastAtUs: number, quota: Quota, state: State): Claim {
  const inMinute = quota.perMinute - state.inMinuteLeft;
  return { epoch, number, lastAtUs, inMinute, inDay: (quota.perDay ?? 0) - state.inDayLeft };
}

interface Outcome {
  readonly isAdmitted: boolean;
  /** Calls admitted after this call: `State` counts them already. */
  readonly laterCalls: number;
  readonly minuteRetryAtUs?: number | undefined;
  readonly dayRetryAtUs?: number | undefined;
}

function decisionOf(quota: Quota, state: State, outcome: Outcome): Decision {
  const { isAdmitted, laterCalls, minuteRetryAtUs, dayRetryAtUs } = outcome;
  const { perMinute, perDay } = quota;
  const minute: WindowState = {
    limit: perMinute,
    remaining: state.inMinuteLeft + laterCalls,
    resetsAtUs: state.minuteResetsAtUs,
    retryAtUs: minuteRetryAtUs,
  };
  if (perDay === undefined) return { isAdmitted, decidedAtUs: state.nowUs, minute, day: undefined };
  const day: WindowState = {
    limit: perDay,
    remaining: state.inDayLeft + laterCalls,
    resetsAtUs: state.dayResetsAtUs,
    retryAtUs: dayRetryAtUs,
  };
  return { isAdmitted, decidedAtUs: state.nowUs, minute, day };
}

function decideRuns(quota: Quota, state: State, runs: readonly CountedRun[]): Decision[] {
  let laterCalls = runs.reduce((sum, { cost, admitted }) => sum + cost * admitted, 0);
  return runs.flatMap(({ cost, length, admitted, minuteRetryAtUs, dayRetryAtUs }) =>
    Array.from({ length }, (_, place) => {
      const isAdmitted = place < admitted;
      if (isAdmitted) laterCalls -= cost;
      const retries = isAdmitted
        ? {}
        : { minuteRetryAtUs: minuteRetryAtUs || undefined, dayRetryAtUs: dayRetryAtUs || undefined };
      return decisionOf(quota, state, { isAdmitted, laterCalls, ...retries });
    }),
  );
}
