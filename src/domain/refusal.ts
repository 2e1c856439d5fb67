export type RefusalCode = 'NAME_TAKEN' | 'ACCESS_KEY_LIMIT' | 'OAUTH_LIMIT' | 'INVALID_INPUT' | 'NOT_FOUND';

/**
 * An expected "no" to an admin's request: what was wrong, and where in the input. A value rather than an error, so that
 * the compiler makes each caller handle the refusal.
 */
export class Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** The faulty part of the domain's input, outermost first; a transport maps the path to its own input. */
  readonly path: readonly string[] | undefined;
  /** The maximum, where the code names a limit. */
  readonly limit: number | undefined;

  constructor(code: RefusalCode, message: string, options: { path?: readonly string[]; limit?: number } = {}) {
    this.code = code;
    this.message = message;
    this.path = options.path;
    this.limit = options.limit;
  }
}

/** One answer for an absent connection and another organisation's, so that nobody learns which ids exist. */
export function notFound(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such connection in your organisation.', { path: ['id'] });
}

export function invalidInput(message: string, ...path: string[]): Refusal {
  return new Refusal('INVALID_INPUT', message, { path });
}
