import type { GraphqlError } from './graphql-client.js';

/** An answer of /graphql to its last byte. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The errors of a GraphQL answer; empty where there are none or it is no GraphQL answer. */
  readonly errors: readonly GraphqlError[];
  readonly data: unknown;
}

interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** Parameters of the URL, as an operation by GET has them. */
  readonly search?: Readonly<Record<string, string>> | URLSearchParams;
  /** Sent as it is; an object is sent as JSON. */
  readonly body?: string | Uint8Array<ArrayBuffer> | object;
}

/** Sends /graphql whatever a test wants to send: no client library mends it on the way. */
export async function requestGraphql(url: string, request: RawRequest): Promise<RawAnswer> {
  const { body, search, method = search === undefined ? 'POST' : 'GET', headers = {} } = request;
  const response = await fetch(`${url}/graphql${search === undefined ? '' : `?${new URLSearchParams(search)}`}`, {
    method,
    headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: toBody(body) }),
  });
  const text = await response.text();
  const parsed = parse(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    errors: parsed.errors ?? [],
    data: parsed.data,
  };
}

function toBody(body: string | Uint8Array<ArrayBuffer> | object): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

function parse(text: string): { errors?: readonly GraphqlError[]; data?: unknown } {
  try {
    return JSON.parse(text) as { errors?: readonly GraphqlError[]; data?: unknown };
  } catch {
    return {};
  }
}

/** The codes of an answer's errors, in their order. */
export function codesOf({ errors }: { readonly errors: readonly GraphqlError[] }): string[] {
  return errors.map(({ extensions }) => extensions.code);
}
