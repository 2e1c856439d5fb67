import { type Answer, JSON_TYPE, UUID } from '../../support/rest.js';
import { isStream } from './answer-stream.js';
import { graphqlFault } from './graphql-shape.js';
import { cookieFault } from './session-judgement.js';
import { streamFault } from './stream-shape.js';

/** Where a request was sent, as far as it decides the form of the answer. */
export type Place = 'compatible' | 'standard' | 'graphql' | 'file' | 'unknown';

export function placeOf(target: string): Place {
  if (target === '') return 'unknown';
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  let decoded: string;
  try {
    decoded = decodeURI(path);
  } catch {
    return 'unknown';
  }
  if (/^\/oauth2(\/|$)/.test(decoded)) return 'standard';
  if (/^\/assets\/./.test(decoded)) return 'file';
  return /^\/graphql(\/|$)/.test(decoded) ? 'graphql' : 'compatible';
}

/** The members of an answer that is no failure, by where it stands. */
const SUCCESSES: Readonly<Record<Exclude<Place, 'graphql' | 'file' | 'unknown'>, readonly string[]>> = {
  compatible: [
    'access_token,expires_in,token_type',
    'active',
    'active,client_id,exp,token_type',
    'status',
    'gateways,limits,status',
    'grant_types_supported,introspection_endpoint,introspection_endpoint_auth_methods_supported,issuer,response_types_supported,revocation_endpoint,revocation_endpoint_auth_methods_supported,scopes_supported,token_endpoint,token_endpoint_auth_methods_supported',
  ],
  standard: [
    'access_token,expires_in,scope,token_type',
    'active',
    'active,client_id,exp,iat,iss,scope,sub,token_type',
    '',
  ],
};

/** The `error` of a failure, by its status. */
const COMPATIBLE_ERRORS: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  415: 'invalid_request',
  417: 'invalid_request',
  429: 'rate_limited',
  431: 'invalid_request',
};
const STANDARD_ERRORS: Readonly<Record<number, readonly string[]>> = {
  400: ['invalid_request', 'unsupported_grant_type', 'unauthorized_client', 'invalid_scope'],
  401: ['invalid_client', 'invalid_token', 'unauthorized'],
  403: ['forbidden'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  415: ['invalid_request'],
  429: ['rate_limited'],
};
/** What no route has read is answered in the compatible form wherever it was sent. */
const UNREADABLE = new Set([400, 417, 431]);

/** Why an answer is in none of our shapes; undefined for one that is. */
export function shapeFault(answer: Answer, method: string, place: Place): string | undefined {
  const { status, headers, text } = answer;
  if (status >= 500) return `status ${status}`;
  if (!UUID.test(headers.get('x-request-id') ?? '')) return 'no x-request-id';
  const cookie = cookieFault(answer);
  if (cookie !== undefined) return cookie;
  const mayBeFile = place === 'file' || place === 'unknown';
  const isOfFile = mayBeFile && isFile(answer);
  if (headers.get('cache-control') !== 'no-store' && !isOfFile) return `cache-control: ${headers.get('cache-control')}`;
  if (status === 401 && !isPage(answer) && !headers.has('www-authenticate')) return 'a 401 without a challenge';
  if (status === 405 && !headers.has('allow')) return 'a 405 without Allow';
  if (status === 429 && !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')) return 'a 429 without Retry-After';
  if (isStream(answer)) return place === 'graphql' || place === 'unknown' ? streamFault(answer) : 'a stream elsewhere';
  if (text === '') return method === 'HEAD' || isEmptyByRight(answer) ? undefined : 'an empty body';
  // What cannot be read has no method.
  if (method === 'HEAD' && !UNREADABLE.has(status)) return 'a body for HEAD';
  if (isOfFile) return undefined;
  if (isPage(answer)) return place === 'standard' ? 'a page' : undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'a body that is no JSON';
  }
  const fitting = [
    ...(place === 'graphql' || place === 'unknown' ? [graphqlFault(answer, body)] : []),
    ...(place !== 'graphql' || UNREADABLE.has(status) ? [restFault(answer, body, place)] : []),
  ];
  return fitting.includes(undefined) ? undefined : fitting.join('; ');
}

/** /v1/authorize says yes by headers alone, a sign-in leads to the console, and a sign-out has nothing to say. */
function isEmptyByRight({ status, headers }: Answer): boolean {
  return (
    (status === 200 && headers.has('x-latchkey-principal')) ||
    (status === 303 && headers.get('location') === './') ||
    (status === 204 && headers.get('set-cookie')?.includes('Max-Age=0') === true)
  );
}

/** A file of the console, which alone may be kept. */
function isFile({ status, headers }: Answer): boolean {
  const type = /^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/;
  const isKept = headers.get('cache-control') === 'public, max-age=31536000, immutable';
  return status === 200 && isKept && type.test(headers.get('content-type') ?? '');
}

/** The pages of sign-in and of the console, and Sandbox. */
function isPage({ status, headers }: Answer): boolean {
  return (
    ((status === 200 || status === 401 || status === 403) &&
      headers.get('content-type') === 'text/html; charset=utf-8') ||
    (status === 200 && headers.get('content-type') === 'text/html')
  );
}

function restFault({ status, headers }: Answer, body: unknown, place: Place): string | undefined {
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) return `content-type: ${headers.get('content-type')}`;
  if (typeof body !== 'object' || body === null) return 'a body that is no object';
  const members = Object.keys(body).sort().join();
  if (status === 200) {
    const known = place === 'standard' || place === 'compatible' ? SUCCESSES[place] : Object.values(SUCCESSES).flat();
    return known.includes(members) ? undefined : `an unknown success: ${members}`;
  }
  const { requestId, error, error_description: description } = body as Record<string, unknown>;
  if (requestId !== headers.get('x-request-id')) return 'two request ids';
  const isCompatible =
    members === (status === 429 ? 'error,message,requestId' : 'error,requestId') && error === COMPATIBLE_ERRORS[status];
  const isStandard =
    members === 'error,error_description,requestId' &&
    STANDARD_ERRORS[status]?.includes(String(error)) === true &&
    /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(String(description));
  const mayBeCompatible = place !== 'standard' || UNREADABLE.has(status);
  const mayBeStandard = place === 'standard' || place === 'unknown';
  if ((isCompatible && mayBeCompatible) || (isStandard && mayBeStandard)) return undefined;
  return `a ${status} of another form`;
}
