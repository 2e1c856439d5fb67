import { expect, test } from 'vitest';
import { negotiateMediaType, RESPONSE_TYPE } from '../../../src/transports/graphql/media-type.js';
import { EVENT_STREAM, MULTIPART, negotiateStreamForm } from '../../../src/transports/graphql/stream-form.js';

test.each([
  ['text/event-stream;q=1.0.0', EVENT_STREAM],
  ['text/event-stream;q=., application/json', EVENT_STREAM],
  ['multipart/mixed;subscriptionSpec=1.0;q=.', MULTIPART],
  ['application/json;q=.', undefined],
])('a weight that is no number gets nobody a form that it does not accept: %s', (accept, form) => {
  expect(negotiateStreamForm(accept)).toBe(form);
});

test.each(['1.0.0', '.'])('nor does it keep a client from the type that it prefers: q=%s', (weight) => {
  expect(negotiateMediaType(`application/graphql-response+json;q=${weight}, application/json;q=0.9`)).toBe(
    RESPONSE_TYPE,
  );
});
