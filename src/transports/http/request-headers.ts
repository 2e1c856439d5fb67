import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';

/** The media types that routes read. */
export const JSON_TYPE = 'application/json';
/** The Content-Type of our JSON. */
export const JSON_UTF8 = `${JSON_TYPE}; charset=utf-8`;
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * Returns the value of a header, named in lower case, that must not repeat. Node keeps the first `Authorization` header
 * and a proxy may keep the last, so the gateway refuses a repetition instead of choosing.
 * @throws DomainError INVALID_REQUEST if the header repeats
 */
export function singleHeader(message: IncomingMessage, name: string): string | undefined {
  let found: string | undefined;
  const { rawHeaders } = message;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string;
    if (header.length !== name.length || header.toLowerCase() !== name) continue;
    if (found !== undefined)
      throw new DomainError('INVALID_REQUEST', { hint: `Send one ${name} header, not several.` });
    found = rawHeaders[index + 1];
  }
  return found;
}

/** Counts a header, named in lower case. */
export function countHeaders({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count;
}

/** The media type of a Content-Type header in lower case, without parameters; undefined without a header. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase();
}
