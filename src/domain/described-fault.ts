import { describeError } from '../lib/logger.js';
import { DomainError, type ErrorCode, toDomainError } from './errors.js';

/** Describes a fault for the operator's log: its causes, not the sentence for callers. */
export function describeFault(thrown: unknown): { code: ErrorCode; detail: string } {
  const error = toDomainError(thrown);
  return { code: error.code, detail: reasonsOf(error).join(' <- ') };
}

function reasonsOf({ detail, cause, stack }: DomainError): string[] {
  const reasons = detail === undefined ? [] : [detail];
  if (cause instanceof DomainError) reasons.push(...reasonsOf(cause));
  else if (cause !== undefined) reasons.push(describeError(cause));
  return reasons.length > 0 ? reasons : [String(stack)];
}
