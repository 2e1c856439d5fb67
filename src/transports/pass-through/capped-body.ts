import { type Readable, Transform } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import { PASSED_BODY_BYTES_MAX } from '../http/body.js';

const tooLarge = () =>
  new DomainError('BODY_TOO_LARGE', { hint: `The body is longer than ${PASSED_BODY_BYTES_MAX} bytes.` });

/** @throws DomainError BODY_TOO_LARGE if the Content-Length exceeds PASSED_BODY_BYTES_MAX */
export function refuseAnnounced(contentLength: string | undefined): void {
  if (Number(contentLength ?? 0) > PASSED_BODY_BYTES_MAX) throw tooLarge();
}

/** Streams the body and fails past PASSED_BODY_BYTES_MAX: a Content-Length may be absent. */
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
