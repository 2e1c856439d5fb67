import type { GraphqlClient } from './graphql-client.js';
import { createMachine, type MachineCredentials, requestToken } from './machine.js';
import { authorizationOf, COMPATIBLE, introspect, post } from './rest.js';
import type { Work } from './steady-load.js';

/** A machine with a token that lives and one that was revoked, and what it does all day. */
export interface WorkingMachine {
  readonly machine: MachineCredentials;
  readonly live: string;
  readonly revoked: string;
}

/** Makes a machine for each admin, each of an organisation of its own: whatever they send, none uses up its calls. */
export async function createWorkingMachines(
  url: string,
  admins: readonly GraphqlClient[],
): Promise<readonly WorkingMachine[]> {
  const machines: WorkingMachine[] = [];
  for (const admin of admins) machines.push(await createWorkingMachine(url, admin));
  return machines;
}

/** Makes the machine at one replica; the revocation is acknowledged when this resolves. */
async function createWorkingMachine(url: string, admin: GraphqlClient): Promise<WorkingMachine> {
  const machine = await createMachine(admin);
  const [live, revoked] = [await requestToken(url, machine), await requestToken(url, machine)];
  const answer = await admin.send('mutation ($t: String!) { revokeToken(token: $t) { __typename } }', { t: revoked });
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  return { machine, live, revoked };
}

/**
 * Introspecting both tokens and asking for new ones, at one replica, as each machine in turn. Whatever happens, a revoked
 * one is never active; a live one may be lost with Redis where `mayLoseTokens`.
 */
export function workOf(
  url: string,
  machines: readonly WorkingMachine[],
  { mayLoseTokens = false }: { mayLoseTokens?: boolean } = {},
): Work[] {
  const isActive = (text: string) => text.includes('"active":true');
  let turn = 0;
  const next = () => machines[turn++ % machines.length] as WorkingMachine;
  return [
    {
      name: 'introspecting a live token',
      send: () => {
        const { machine, live } = next();
        return introspect(url, machine, { access_token: live });
      },
      wrongWith: ({ text }) => (isActive(text) || mayLoseTokens ? undefined : 'a live token is inactive'),
    },
    {
      name: 'introspecting a revoked token',
      send: () => {
        const { machine, revoked } = next();
        return introspect(url, machine, { access_token: revoked });
      },
      wrongWith: ({ text }) => (isActive(text) ? 'A REVOKED TOKEN IS ACTIVE' : undefined),
    },
    {
      name: 'asking for a token',
      send: () => post(`${url}${COMPATIBLE.token}`, authorizationOf(next().machine)),
    },
  ];
}
