import { z } from 'zod';
import { Secret } from '../../lib/secrets.js';
import type { Issuer } from '../organizations/organization.js';
import { invalidInput, Refusal } from '../refusal.js';
import { AUTHENTICATION_TYPES, type AuthenticationType, CONNECTORS } from './connection.js';
import { connectionName } from './connection-name.js';

const UPSTREAM_ONLY =
  'Only a connection of an UPSTREAM organisation takes credentials; this organisation makes its own. Leave it out.';

const upstreamOnly = z.undefined({ error: UPSTREAM_ONLY }).optional();

const localInput = z.object({
  name: connectionName,
  connector: z.enum(CONNECTORS),
  authenticationType: z.enum(AUTHENTICATION_TYPES),
  clientId: upstreamOnly,
  clientSecret: upstreamOnly,
  accessKey: upstreamOnly,
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'An idempotency key is 1 to 200 printable ASCII characters without spaces.')
    .optional(),
});

const credential = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, 'It is 1 to 512 printable ASCII characters without spaces. Copy it from the tenant.')
  .optional();

const linkedInput = localInput.extend({
  // RFC 7617 section 2: the id ends at the first colon.
  clientId: credential.refine((text) => !text?.includes(':'), 'A client id holds no colon. Copy it from the tenant.'),
  clientSecret: credential,
  accessKey: credential,
});

/** The credential that a tenant made for a connection; an access key has no client id. */
export interface LinkedCredential {
  readonly clientId: string | undefined;
  readonly secret: Secret;
}

/** The input of a create, before and after its check. */
export type CreateConnectionRequest = Record<keyof z.input<typeof localInput>, string | undefined>;
export type CreateConnectionInput = Pick<
  z.output<typeof localInput>,
  'name' | 'connector' | 'authenticationType' | 'idempotencyKey'
> & {
  /** Present for a connection of an UPSTREAM organisation only. */
  readonly linked: LinkedCredential | undefined;
};

export function parseCreateConnection(
  request: CreateConnectionRequest,
  issuer: Issuer,
): CreateConnectionInput | Refusal {
  const parsed = (issuer === 'UPSTREAM' ? linkedInput : localInput).safeParse(request);
  if (!parsed.success) return refusalOf(parsed.error);
  const { clientId, clientSecret, accessKey, ...input } = parsed.data;
  if (issuer === 'LOCAL') return { ...input, linked: undefined };
  const linked = readLinked(input.authenticationType, { clientId, clientSecret, accessKey });
  return linked instanceof Refusal ? linked : { ...input, linked };
}

type Given = Record<'clientId' | 'clientSecret' | 'accessKey', string | undefined>;

function readLinked(type: AuthenticationType, given: Given): LinkedCredential | Refusal {
  const needed = type === 'OAUTH' ? (['clientId', 'clientSecret'] as const) : (['accessKey'] as const);
  for (const name of ['clientId', 'clientSecret', 'accessKey'] as const) {
    const isNeeded = needed.some((each) => each === name);
    if (isNeeded && given[name] === undefined) {
      return invalidInput(`The tenant makes the credentials: give the ${name} of its console.`, name);
    }
    if (!isNeeded && given[name] !== undefined) {
      return invalidInput(`A connection by ${type} takes ${needed.join(' and ')}. Leave it out.`, name);
    }
  }
  const secret = given[type === 'OAUTH' ? 'clientSecret' : 'accessKey'] as string;
  return { clientId: given.clientId, secret: new Secret(secret) };
}

/** Reads the secret that replaces a connection's secret, of the same kind. */
export function parseReplacement(
  type: AuthenticationType,
  given: Pick<Given, 'clientSecret' | 'accessKey'>,
): Secret | Refusal {
  const [name, other] =
    type === 'OAUTH' ? (['clientSecret', 'accessKey'] as const) : (['accessKey', 'clientSecret'] as const);
  if (given[other] !== undefined) return invalidInput(`This connection takes ${name}. Leave it out.`, other);
  if (given[name] === undefined) return invalidInput(`Give the new ${name} of the tenant's console.`, name);
  const parsed = credential.safeParse(given[name]);
  return parsed.success ? new Secret(given[name]) : refusalOf(parsed.error, name);
}

export function parseConnectionName(name: string): string | Refusal {
  const parsed = connectionName.safeParse(name);
  return parsed.success ? parsed.data : refusalOf(parsed.error, 'name');
}

/** The first fault and its place: people mend inputs one fault at a time. */
function refusalOf(error: z.ZodError, ...root: string[]): Refusal {
  const [issue] = error.issues;
  return invalidInput(issue?.message ?? 'The input is invalid.', ...root, ...(issue?.path ?? []).map(String));
}
