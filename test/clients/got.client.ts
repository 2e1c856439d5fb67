import got from 'got';
import { COMPATIBLE } from '../support/rest.js';
import type { Caller } from './caller.js';

const client = got.extend({
  retry: { limit: 3, methods: ['GET', 'POST'], statusCodes: [429, 503], maxRetryAfter: 60_000 },
});

export async function callWithGot({ url, authorization }: Caller): Promise<number> {
  return client.post(`${url}${COMPATIBLE.token}`, { headers: { authorization } }).then(
    ({ statusCode }) => statusCode,
    ({ response }) => response.statusCode,
  );
}
