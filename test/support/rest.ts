import { expect } from 'vitest';
import { basic, type MachineCredentials } from './machine.js';

/** An HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const COMPATIBLE = {
  token: '/v1/users/m2m/oauth/token',
  introspect: '/v1/users/m2m/oauth/token/introspect',
} as const;

export const STANDARD = {
  token: '/oauth2/token',
  introspect: '/oauth2/introspect',
  revoke: '/oauth2/revoke',
} as const;

export const METADATA = '/.well-known/oauth-authorization-server';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const JSON_TYPE = /^application\/json(; charset=utf-8)?$/;

export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A POST that says nothing of its body but what `headers` say: fetch adds a Content-Type to a string of its own. */
export function post(
  url: string,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '',
): Promise<Answer> {
  return send(url, { method: 'POST', headers, body: Buffer.from(body) });
}

/** The header by which a machine authenticates. */
export function authorizationOf({ clientId, secret }: MachineCredentials): { authorization: string } {
  return { authorization: basic(clientId, secret) };
}

/** Introspects over the compatible path, as the machine. */
export function introspect(url: string, machine: MachineCredentials, body: unknown): Promise<Answer> {
  return post(
    `${url}${COMPATIBLE.introspect}`,
    { ...authorizationOf(machine), 'content-type': 'application/json' },
    typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  );
}

/** Sends a form to a standard path; as text, where a parameter is to stand there twice. */
export function postForm(
  url: string,
  parameters: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new URLSearchParams(parameters).toString();
  return post(url, { 'content-type': 'application/x-www-form-urlencoded', ...headers }, form);
}

export function jsonOf(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.text) as Record<string, unknown>;
}

/** Expects a failure in the compatible shape: two keys, a message on a 429 alone, and the request id in the header too. */
export function expectFailure(answer: Answer, status: number, error: string): void {
  const message = status === 429 ? { message: expect.stringMatching(/ in \d+ (s|min|h)\b/) } : {};
  expect({ status: answer.status, body: jsonOf(answer) }).toEqual({
    status,
    body: { requestId: expect.stringMatching(UUID), error, ...message },
  });
  expect(answer.headers.get('x-request-id')).toBe(jsonOf(answer).requestId);
  expect(answer.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** Expects a failure of RFC 6749 section 5.2, in the characters that it allows, with a request id beside it. */
export function expectOAuthFailure(answer: Answer, status: number, error: string): void {
  expect({ status: answer.status, body: jsonOf(answer) }).toEqual({
    status,
    body: {
      requestId: expect.stringMatching(UUID),
      error,
      error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
    },
  });
  expect(answer.headers.get('x-request-id')).toBe(jsonOf(answer).requestId);
  expect(answer.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** What is left of an answer without what differs from one request to the next: two alike tell a caller nothing. */
export function withoutRequestId(answer: Answer): object {
  const { 'x-request-id': requestId = '', date, ...headers } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers, body: answer.text.replaceAll(requestId, '<request id>') };
}

/** Expects that the process still answers. */
export async function expectAlive(url: string): Promise<void> {
  const answer = await send(`${url}/livez`);
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"status":"live"}' });
}
