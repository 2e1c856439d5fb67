import type { UserRole } from '../../../src/domain/principal.js';
import { AdminTokens } from '../../../src/domain/sign-in/admin-tokens.js';
import { SignInLinks } from '../../../src/domain/sign-in/sign-in.service.js';
import type { Clock } from '../../../src/lib/clock.js';
import { ConnectionsDocument, DeleteConnectionDocument, IssueTokenDocument } from '../../generated/graphql.js';
import type { TestGateway } from '../../support/gateway.js';
import { createGraphqlClient, type GraphqlClient } from '../../support/graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from '../../support/machine.js';
import { post } from '../../support/rest.js';
import { sessionOf } from '../../support/session.js';

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
  /** Of a link whose button no page of our own presses. */
  readonly foreignCode: string;
  readonly sessions: Sessions;
}

/** The secrets of an organisation's sessions. Only those that depart are ever signed out while inputs are sent. */
export interface Sessions extends Readonly<Record<UserRole, string>> {
  /** Of a super admin of its own, presented as no request of the gateway's own page would: its user does nothing. */
  readonly unheard: string;
  /** Two of one admin of their own. */
  readonly departing: readonly [here: string, there: string];
  readonly ended: string;
}

/** The names of the users who have but sessions. */
export const UNHEARD = 'fuzzing-unheard';
export const DEPARTING = 'fuzzing-departing';

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
  const links = new SignInLinks(gateway.keyRing, clock);
  const signInCode = () => new URL(links.create(gateway.url, organizationId).reveal()).searchParams.get('code') ?? '';
  return {
    organizationId,
    oauth,
    accessKey,
    token: await requestToken(gateway.url, oauth),
    shared: issueToken.__typename === 'AccessToken' ? issueToken.accessToken : '',
    bearers: { ADMIN: bearer('ADMIN'), SUPER_ADMIN: bearer('SUPER_ADMIN') },
    signInCode: signInCode(),
    foreignCode: signInCode(),
    sessions: await beginSessions(gateway, clock, organizationId),
  } satisfies Inhabitants;
}

/** As browsers begin them, by links. */
async function beginSessions(gateway: TestGateway, clock: Clock, organizationId: OrganizationId): Promise<Sessions> {
  const { url, keyRing } = gateway;
  const links = new SignInLinks(keyRing, clock);
  const begin = async (subject: string, role: UserRole) => {
    const { cookie } = sessionOf(await post(links.create(url, organizationId, { subject, role }).reveal()), url);
    return cookie.slice(cookie.indexOf('=') + 1);
  };
  const ended = await begin(subjectOf('SUPER_ADMIN'), 'SUPER_ADMIN');
  await post(`${url}/sign-out`, { cookie: `latchkey-session=${ended}`, origin: url });
  return {
    SUPER_ADMIN: await begin(subjectOf('SUPER_ADMIN'), 'SUPER_ADMIN'),
    ADMIN: await begin(subjectOf('ADMIN'), 'ADMIN'),
    unheard: await begin(UNHEARD, 'SUPER_ADMIN'),
    departing: [await begin(DEPARTING, 'ADMIN'), await begin(DEPARTING, 'ADMIN')],
    ended,
  };
}

/** The name under which an input's user stands in the audit log. */
export function subjectOf(role: UserRole): string {
  return `fuzzing-${role}`;
}
