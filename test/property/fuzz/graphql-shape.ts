import type { Answer } from '../../support/rest.js';

const TYPE = /^application\/(json|graphql-response\+json)(; charset=utf-8)?$/;
const CODES = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
]);
const STATUSES = new Set([200, 400, 401, 403, 404, 405, 406, 413, 415, 429]);
const MEMBERS = new Set(['data', 'errors', 'extensions']);
const ERROR_MEMBERS = new Set(['message', 'locations', 'path', 'extensions']);
const ERROR_EXTENSIONS = new Set(['code', 'retryAfterMs', 'violatedPolicies']);

interface GraphqlErrorBody {
  readonly message?: unknown;
  readonly extensions?: { readonly code?: unknown };
}

/** Why an answer is no GraphQL response of ours; undefined for one that is. */
export function graphqlFault({ status, headers }: Answer, body: unknown): string | undefined {
  if (!TYPE.test(headers.get('content-type') ?? '')) return `content-type: ${headers.get('content-type')}`;
  if (!STATUSES.has(status)) return `status ${status} of GraphQL`;
  return resultFault(body);
}

/** Why a value is no result of an operation. */
export function resultFault(body: unknown): string | undefined {
  const strange = strangeMembers(body, MEMBERS);
  if (strange !== undefined) return strange;
  const { data, errors = [] } = body as { data?: unknown; errors?: readonly GraphqlErrorBody[] };
  if (data === undefined && errors.length === 0) return 'neither data nor errors';
  if (!Array.isArray(errors)) return 'errors that are no list';
  return errors.map(errorFault).find((fault) => fault !== undefined);
}

function errorFault(error: GraphqlErrorBody): string | undefined {
  const { message, extensions } = error;
  if (typeof message !== 'string' || message === '') return 'an error without a message';
  if (!CODES.has(String(extensions?.code))) return `the code ${extensions?.code}`;
  return strangeMembers(error, ERROR_MEMBERS) ?? strangeMembers(extensions, ERROR_EXTENSIONS);
}

function strangeMembers(value: unknown, known: ReadonlySet<string>): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'what should be an object is none';
  const strange = Object.keys(value).filter((name) => !known.has(name));
  return strange.length === 0 ? undefined : `the members ${strange}`;
}
