import { Agent, type errors, interceptors, request } from 'undici';
import { COMPATIBLE } from '../support/rest.js';
import type { Caller } from './caller.js';

const dispatcher = new Agent().compose(
  interceptors.retry({
    throwOnError: false,
    retry: (error, { state }, done) => {
      const { statusCode, headers } = error as errors.RequestRetryError;
      const seconds = Number((headers as Record<string, string> | undefined)?.['retry-after']);
      const again = (statusCode === 429 || statusCode === 503) && seconds <= 60 && state.counter <= 3;
      if (again) setTimeout(done, seconds * 1000);
      else done(error);
    },
  }),
);

export async function callWithUndici({ url, authorization }: Caller): Promise<number> {
  const { statusCode, body } = await request(`${url}${COMPATIBLE.token}`, {
    method: 'POST',
    headers: { authorization },
    dispatcher,
  });
  await body.dump();
  return statusCode;
}
