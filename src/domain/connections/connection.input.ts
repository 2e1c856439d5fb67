import { z } from 'zod';
import { invalidInput, type Refusal } from '../refusal.js';
import { AUTHENTICATION_TYPES, CONNECTORS } from './connection.js';
import { connectionName } from './connection-name.js';

const UPSTREAM_ONLY =
  'Only a connection of an UPSTREAM organisation takes credentials; this organisation makes its own. Leave it out.';

const upstreamOnly = z.undefined({ error: UPSTREAM_ONLY }).optional();

const createConnectionInput = z.object({
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

/** What a create asks for, before and after it was checked. */
export type CreateConnectionRequest = Record<keyof z.input<typeof createConnectionInput>, string | undefined>;
export type CreateConnectionInput = z.output<typeof createConnectionInput>;

export function parseCreateConnection(request: CreateConnectionRequest): CreateConnectionInput | Refusal {
  const parsed = createConnectionInput.safeParse(request);
  return parsed.success ? parsed.data : refusalOf(parsed.error, 'input');
}

export function parseConnectionName(name: string): string | Refusal {
  const parsed = connectionName.safeParse(name);
  return parsed.success ? parsed.data : refusalOf(parsed.error, 'name');
}

/** The first thing that is wrong, and where: people mend inputs one fault at a time. */
function refusalOf(error: z.ZodError, root: string): Refusal {
  const [issue] = error.issues;
  return invalidInput(issue?.message ?? 'The input is invalid.', root, ...(issue?.path ?? []).map(String));
}
