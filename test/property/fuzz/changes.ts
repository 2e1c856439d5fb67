import { AuditEventsDocument, ConnectionsDocument } from '../../generated/graphql.js';
import type { GraphqlClient } from '../../support/graphql-client.js';
import { DEPARTING, subjectOf } from './population.js';

interface Event {
  readonly id: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
}

/** What can be seen of an organisation: its connections, as text, by id, and its newest audit event. */
export interface OrganizationState {
  readonly connections: ReadonlyMap<string, string>;
  readonly newestEvent: string | undefined;
}

export async function stateOf(keeper: GraphqlClient): Promise<OrganizationState> {
  const { connections } = await keeper.run(ConnectionsDocument, {});
  const { auditEvents } = await keeper.run(AuditEventsDocument, { first: 1 });
  // Being used is no change.
  const textOf = (shown: object) => JSON.stringify(shown, (name, value) => (name === 'lastUsedAt' ? null : value));
  const shown = (connections ?? []).map((one): [string, string] => [one.id, textOf(one)]);
  return { connections: new Map(shown), newestEvent: auditEvents?.edges[0]?.node.id };
}

/** The events since a state, newest first. */
async function eventsSince(keeper: GraphqlClient, { newestEvent }: OrganizationState): Promise<Event[]> {
  const events: Event[] = [];
  for (let after: string | undefined; ; ) {
    const { auditEvents } = await keeper.run(AuditEventsDocument, {
      first: 100,
      ...(after === undefined ? {} : { after }),
    });
    for (const { node, cursor } of auditEvents?.edges ?? []) {
      if (node.id === newestEvent) return events;
      events.push(node);
      after = cursor;
    }
    if (auditEvents?.pageInfo.hasNextPage !== true) return events;
  }
}

/** What each may do that inputs can act as, in the words of the audit log. */
const MAY: readonly (readonly [actor: RegExp, action: RegExp])[] = [
  [new RegExp(`^user:${subjectOf('SUPER_ADMIN')}$`), /./],
  [new RegExp(`^user:${DEPARTING}$`), /^user\.signed_out$/],
  [/^user:first-super-admin$/, /^user\.signed_in$/],
  [/^machine:/, /^token\.revoked$/],
];

interface Changes {
  readonly count: number;
  /** What nobody may have changed who could have. */
  readonly faults: readonly string[];
}

/** What has changed since `before`, and by whom: each changed connection has to have an event of somebody who may. */
export async function changesSince(keeper: GraphqlClient, before: OrganizationState): Promise<Changes> {
  const events = await eventsSince(keeper, before);
  const { connections } = await stateOf(keeper);
  const unlawful = events.filter(
    ({ actor, action }) => !MAY.some(([who, what]) => who.test(actor) && what.test(action)),
  );
  const explained = new Set(
    events.filter(({ action }) => action.startsWith('connection.')).map(({ target }) => target),
  );
  const ids = new Set([...before.connections.keys(), ...connections.keys()]);
  const changed = [...ids].filter((id) => connections.get(id) !== before.connections.get(id));
  return {
    count: events.length,
    faults: [
      ...unlawful.map(({ actor, action }) => `${actor} made ${action}`),
      ...changed.filter((id) => !explained.has(id)).map((id) => `${id} changed without an event`),
    ],
  };
}
