import { z } from 'zod';
import type {
  TenantFailure,
  TenantIntrospection,
  TenantToken,
  TenantUnavailable,
} from '../domain/tenants/tenant.port.js';
import { Secret } from '../lib/secrets.js';
import { parseRetryAfter } from './retry-after.js';
import type { TenantResponse } from './tenant.exchange.js';

/** The documented lifetime, which caps any longer one: asking again a day later costs one request. */
const LIFETIME_SECONDS_MAX = 86_400;
/** Tells seconds from milliseconds: seconds stay below until the year 5138; milliseconds have been above since 1973. */
const SECONDS_BELOW = 1e11;
/** The last instant that a Date can hold. */
const TIME_MS_MAX = 8.64e15;

/** Error codes in a tenant's envelope. Statuses vary, so third parties' clients go by the code. */
const RATE_LIMIT_CODES: readonly unknown[] = ['GS_APIG_2404', 'GU_2400'];
const CREDENTIAL_CODES: readonly unknown[] = ['GS_APIG_2401', 'GSOBJ_1024'];
const ADDRESS_CODE = 'GS_APIG_2402';

const tokenAnswer = z.object({
  // The token goes into a header: visible ASCII, as in RFC 6749 appendix A.12, without the space.
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  // A client must not use a token of an unknown type (RFC 6749 section 7.1).
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.number().positive(),
});

const introspectionAnswer = z.union([
  z.object({ active: z.literal(false) }),
  z.object({ active: z.literal(true), exp: z.number().positive().max(TIME_MS_MAX) }),
]);

const acceptedAnswer = z.object({ result: z.literal(true) });

/** The failure that an answer means; undefined where the answer may be a success. */
export function failureOf(
  response: TenantResponse,
  { now, refusedAt }: { readonly now: number; readonly refusedAt: readonly number[] },
): TenantFailure | undefined {
  const { status, headers } = response;
  const code = memberOf(jsonOf(response), 'errorCode');
  if (status === 429 || RATE_LIMIT_CODES.includes(code)) {
    return { outcome: 'RATE_LIMITED', retryAfterMs: parseRetryAfter(headers['retry-after'], now) };
  }
  if (code === ADDRESS_CODE) return { outcome: 'REFUSED', because: 'ADDRESS' };
  if (refusedAt.includes(status) || CREDENTIAL_CODES.includes(code)) {
    return { outcome: 'REFUSED', because: 'CREDENTIALS' };
  }
  if (status < 300) return undefined;
  const detail = `the tenant answered ${status}`;
  if (status < 400) return { outcome: 'UNAVAILABLE', reason: 'REDIRECTED', detail };
  return { outcome: 'UNAVAILABLE', reason: status < 500 ? 'UNEXPECTED_STATUS' : 'SERVER_ERROR', detail };
}

export function readToken(response: TenantResponse, sentAt: number): TenantToken | TenantUnavailable {
  const { success, data } = tokenAnswer.safeParse(jsonOf(response));
  if (!success) return malformed('it is not a token response of RFC 6749 section 5.1');
  const lifetimeMs = Math.floor(Math.min(data.expires_in, LIFETIME_SECONDS_MAX) * 1000);
  return { outcome: 'ISSUED', accessToken: new Secret(data.access_token), expiresAt: sentAt + lifetimeMs };
}

export function readIntrospection(response: TenantResponse): TenantIntrospection | TenantUnavailable {
  const { success, data } = introspectionAnswer.safeParse(jsonOf(response));
  if (!success) return malformed('it does not say whether the token is active, and until when');
  if (!data.active) return { outcome: 'INACTIVE' };
  return { outcome: 'ACTIVE', expiresAt: data.exp < SECONDS_BELOW ? Math.floor(data.exp * 1000) : data.exp };
}

export function readAcceptance(response: TenantResponse): { readonly outcome: 'ACCEPTED' } | TenantUnavailable {
  if (!acceptedAnswer.safeParse(jsonOf(response)).success) return malformed('it is not an envelope with a result');
  return { outcome: 'ACCEPTED' };
}

/** Whether a 400 blames the client, not the request. */
export function blamesClient(response: TenantResponse): boolean {
  return ['unauthorized', 'invalid_client'].includes(String(memberOf(jsonOf(response), 'error')));
}

function malformed(detail: string): TenantUnavailable {
  return { outcome: 'UNAVAILABLE', reason: 'MALFORMED', detail };
}

/** The answer's JSON; undefined where it has none. The parser's error is dropped, since it quotes the text. */
function jsonOf({ text }: TenantResponse): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null && Object.hasOwn(json, name)
    ? (json as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
