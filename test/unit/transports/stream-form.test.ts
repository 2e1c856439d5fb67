import { expect, test } from 'vitest';
import { EVENT_STREAM, MULTIPART, negotiateStreamForm } from '../../../src/transports/graphql/stream-form.js';

test.each([
  ['text/event-stream;q=1.0.0', EVENT_STREAM],
  ['text/event-stream;q=., application/json', EVENT_STREAM],
  ['multipart/mixed;subscriptionSpec=1.0;q=.', MULTIPART],
  ['application/json;q=.', undefined],
])('a weight that is no number gets nobody a form that it does not accept: %s', (accept, form) => {
  expect(negotiateStreamForm(accept)).toBe(form);
});
