import ky, { isHTTPError } from 'ky';
import { COMPATIBLE } from '../support/rest.js';
import type { Caller } from './caller.js';

const client = ky.create({
  retry: {
    limit: 3,
    methods: ['get', 'post'],
    statusCodes: [429, 503],
    shouldRetry: ({ error }) =>
      isHTTPError(error) && Number(error.response.headers.get('retry-after')) > 60 ? false : undefined,
  },
});

export function callWithKy({ url, authorization }: Caller): Promise<number> {
  return client.post(`${url}${COMPATIBLE.token}`, { headers: { authorization } }).then(
    ({ status }) => status,
    ({ response }) => response.status,
  );
}
