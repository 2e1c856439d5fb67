import type { UserRole } from '../../../src/domain/principal.js';
import { AdminTokens } from '../../../src/domain/sign-in/admin-tokens.js';
import { SignInLinks } from '../../../src/domain/sign-in/sign-in.service.js';
import type { Clock } from '../../../src/lib/clock.js';
import { ConnectionsDocument, DeleteConnectionDocument, IssueTokenDocument } from '../../generated/graphql.js';
import type { TestGateway } from '../../support/gateway.js';
import { createGraphqlClient, type GraphqlClient } from '../../support/graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from '../../support/machine.js';

export const ORGANIZATIONS = ['default', 'other'] as const;
export type OrganizationId = (typeof ORGANIZATIONS)[number];

/** Who sends an input with a good credential. */
export interface Subject {
  readonly organizationId: OrganizationId;
  readonly role: UserRole | 'MACHINE';
}

/** What one organisation's callers have, and what of it nobody else may see. */
export interface Inhabitants {
  readonly organizationId: OrganizationId;
  readonly oauth: MachineCredentials;
  readonly accessKey: MachineCredentials;
  readonly token: string;
  /** A bearer that super admins hand out, which `issueToken` shows to every super admin again. */
  readonly shared: string;
  readonly bearers: Readonly<Record<UserRole, string>>;
  readonly signInCode: string;
}

const HOUR_MS = 3_600_000;
let batch = 0;

/** As a super admin that sends no inputs: its own share of every limit, its own name in the audit log. */
export function keeperOf(gateway: TestGateway, clock: Clock, organizationId: OrganizationId): GraphqlClient {
  const bearer = new AdminTokens(gateway.keyRing, clock).issue({
    subject: 'keeper',
    role: 'SUPER_ADMIN',
    organizationId,
    lifetimeMs: HOUR_MS,
  });
  return createGraphqlClient(gateway.url, { authorization: `Bearer ${bearer.reveal()}` });
}

/** The text that the name of each connection of an organisation bears, and nothing else does. */
export function canaryOf(organizationId: OrganizationId): string {
  return `nightingale-of-${organizationId}-zq7x`;
}

/** Puts fresh callers in the place of all connections of an organisation, through the API. */
export async function populate(gateway: TestGateway, clock: Clock, organizationId: OrganizationId) {
  const keeper = keeperOf(gateway, clock, organizationId);
  const { connections } = await keeper.run(ConnectionsDocument, {});
  for (const { id } of connections ?? []) await keeper.run(DeleteConnectionDocument, { id });
  const name = (what: string) => `${canaryOf(organizationId)} ${what} ${++batch}`;
  const oauth = await createMachine(keeper, 'OAUTH', name('client'));
  const accessKey = await createMachine(keeper, 'ACCESS_KEY', name('key'));
  const { issueToken } = await keeper.run(IssueTokenDocument, { connectionId: oauth.connectionId });
  const bearers = new AdminTokens(gateway.keyRing, clock);
  const bearer = (role: UserRole) =>
    bearers.issue({ subject: subjectOf(role), role, organizationId, lifetimeMs: HOUR_MS }).reveal();
  const link = new URL(new SignInLinks(gateway.keyRing, clock).create(gateway.url, organizationId).reveal());
  return {
    organizationId,
    oauth,
    accessKey,
    token: await requestToken(gateway.url, oauth),
    shared: issueToken.__typename === 'AccessToken' ? issueToken.accessToken : '',
    bearers: { ADMIN: bearer('ADMIN'), SUPER_ADMIN: bearer('SUPER_ADMIN') },
    signInCode: link.searchParams.get('code') ?? '',
  } satisfies Inhabitants;
}

/** The name under which an input's user stands in the audit log. */
export function subjectOf(role: UserRole): string {
  return `fuzzing-${role}`;
}
