export type RefusalCode = 'NAME_TAKEN' | 'ACCESS_KEY_LIMIT' | 'OAUTH_LIMIT' | 'INVALID_INPUT' | 'NOT_FOUND';

/**
 * An expected "no" to an admin's request, as a value: what was wrong, and where in the input. Returned, never thrown,
 * so that the compiler makes each caller say what becomes of it.
 */
export class Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** What is at fault of that which the domain was given, outermost first: a transport says where it took that from. */
  readonly path: readonly string[] | undefined;
  /** How many are allowed, where the code speaks of a limit. */
  readonly limit: number | undefined;

  constructor(code: RefusalCode, message: string, options: { path?: readonly string[]; limit?: number } = {}) {
    this.code = code;
    this.message = message;
    this.path = options.path;
    this.limit = options.limit;
  }
}

/** Absent and another organisation's are this one answer, so that nobody learns which ids exist. */
export function notFound(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such connection in your organisation.', { path: ['id'] });
}

export function invalidInput(message: string, ...path: string[]): Refusal {
  return new Refusal('INVALID_INPUT', message, { path });
}
