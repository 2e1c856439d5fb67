import type { TestGateway } from './gateway.js';
import { createMachine, type MachineCredentials, requestToken } from './machine.js';

/** Everybody who can call: nobody in particular, both kinds of user, and a machine by each of its credentials. */
export const CALLERS = [
  'anonymous',
  'ADMIN',
  'SUPER_ADMIN',
  'MACHINE by access token',
  'MACHINE by access key',
] as const;
export type Caller = (typeof CALLERS)[number];

/** What one organisation's callers present, each made through the API as users make them. */
export interface CallerSet {
  readonly headers: Readonly<Record<Caller, Readonly<Record<string, string>>>>;
  readonly oauth: MachineCredentials;
  readonly accessKey: MachineCredentials;
  readonly token: string;
}

export async function createCallers(gateway: TestGateway, organizationId = 'default'): Promise<CallerSet> {
  const bearerOf = (role: 'ADMIN' | 'SUPER_ADMIN') => ({
    authorization: `Bearer ${gateway.bearer(role, organizationId)}`,
  });
  const superAdmin = gateway.client(bearerOf('SUPER_ADMIN'));
  const oauth = await createMachine(superAdmin);
  const accessKey = await createMachine(superAdmin, 'ACCESS_KEY');
  const token = await requestToken(gateway.url, oauth);
  return {
    headers: {
      anonymous: {},
      ADMIN: bearerOf('ADMIN'),
      SUPER_ADMIN: bearerOf('SUPER_ADMIN'),
      'MACHINE by access token': { authorization: `Bearer ${token}` },
      'MACHINE by access key': { accesskey: accessKey.secret },
    },
    oauth,
    accessKey,
    token,
  };
}
