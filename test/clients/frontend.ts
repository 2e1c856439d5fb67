import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RenameConnectionDocument } from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';

const POSSIBLE_TYPES = join(import.meta.dirname, '..', '..', 'docs', 'operations', 'possible-types.json');

/** What Apollo's cache has to know of interfaces and unions, as docs/operations gives it. */
export const possibleTypes = JSON.parse(readFileSync(POSSIBLE_TYPES, 'utf8')) as Record<string, string[]>;

/** A gateway with what a frontend shows: a machine with three tokens, and an audit log of more than two events. */
export interface Shown {
  readonly gateway: TestGateway;
  readonly url: string;
  readonly machine: MachineCredentials;
  readonly token: string;
  /** The headers of a super admin, of an admin, and of somebody whose bearer is none. */
  readonly superAdmin: { readonly authorization: string };
  readonly admin: { readonly authorization: string };
  readonly unknown: { readonly authorization: string };
}

export async function startShown(): Promise<Shown> {
  const gateway = await startTestGateway();
  const machine = await createMachine(gateway.client());
  for (const name of ['first name', 'second name', 'third name']) {
    await gateway.client().run(RenameConnectionDocument, { id: machine.connectionId, name });
  }
  const token = await requestToken(gateway.url, machine);
  await requestToken(gateway.url, machine);
  await requestToken(gateway.url, machine);
  return {
    gateway,
    url: `${gateway.url}/graphql`,
    machine,
    token,
    superAdmin: { authorization: `Bearer ${gateway.bearer()}` },
    admin: { authorization: `Bearer ${gateway.bearer('ADMIN')}` },
    unknown: { authorization: 'Bearer unknown' },
  };
}

/** The ids of a page's nodes. */
export function idsOf(page: unknown): string[] {
  return (page as { edges: { node: { id: string } }[] }).edges.map(({ node }) => node.id);
}
