import { type Readable, Transform } from 'node:stream';
import { DomainError } from '../../domain/errors.js';

/** A caller's body may be as long as a bulk insert of the tenant's, and no longer. */
export const PASSED_BODY_BYTES_MAX = 10 * 1024 * 1024;

const tooLarge = () =>
  new DomainError('BODY_TOO_LARGE', { hint: `The body is longer than ${PASSED_BODY_BYTES_MAX} bytes.` });

/** @throws DomainError BODY_TOO_LARGE where the caller announces more than may pass */
export function refuseAnnounced(contentLength: string | undefined): void {
  if (Number(contentLength ?? 0) > PASSED_BODY_BYTES_MAX) throw tooLarge();
}

/** The body as it comes, which ends with an error where more comes than may pass, whatever was announced. */
export function capBody(body: Readable): Readable {
  let bytes = 0;
  const capped = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > PASSED_BODY_BYTES_MAX) done(tooLarge());
      else done(null, chunk);
    },
  });
  body.on('error', (error) => capped.destroy(error));
  return body.pipe(capped);
}
