import OpenAI from 'openai';
import { COMPATIBLE } from '../support/rest.js';
import type { Caller } from './caller.js';

const options = {
  maxRetries: 3,
  fetch: async (...call: Parameters<typeof fetch>) => {
    const response = await fetch(...call);
    if (!(Number(response.headers.get('retry-after')) > 60)) return response;
    const headers = new Headers(response.headers);
    headers.set('x-should-retry', 'false');
    return new Response(response.body, { status: response.status, headers });
  },
};

export function callWithOpenai({ url, authorization }: Caller): Promise<number> {
  const client = new OpenAI({ ...options, baseURL: url, apiKey: 'none', defaultHeaders: { authorization } });
  return client.post(COMPATIBLE.token).then(
    () => 200,
    ({ status }) => status,
  );
}
