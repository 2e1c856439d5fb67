import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.js';

/** The media types of the bodies that we read. */
export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * The one value of a header, named in lower case, that must not be repeated. Node keeps the first of several
 * `Authorization` headers and a proxy may keep the last, so a repeated one is refused rather than chosen from.
 * @throws DomainError INVALID_REQUEST where the header is repeated
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

/** How often a header, named in lower case, was sent. */
export function countHeaders({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count;
}

/** The media type of a Content-Type header, without its parameters, in lower case; undefined where there is none. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase();
}
