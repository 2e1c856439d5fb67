import axios from 'axios';
import axiosRetry from 'axios-retry';
import { COMPATIBLE } from '../support/rest.js';
import type { Caller } from './caller.js';

const client = axios.create();
axiosRetry(client, {
  retries: 3,
  retryCondition: ({ response }) =>
    (response?.status === 429 || response?.status === 503) && Number(response.headers['retry-after']) <= 60,
});

export function callWithAxios({ url, authorization }: Caller): Promise<number> {
  return client.post(`${url}${COMPATIBLE.token}`, undefined, { headers: { authorization } }).then(
    ({ status }) => status,
    ({ response }) => response.status,
  );
}
