import { describeError } from '../lib/logger.js';
import { DomainError, type ErrorCode, toDomainError } from './errors.js';

/** What a log line says of a fault: why, for operators, and not the sentence that callers are given. */
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
