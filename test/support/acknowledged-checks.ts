import { IntrospectTokensDocument } from '../generated/graphql.js';
import type { AcknowledgedWriter } from './acknowledged-writer.js';
import type { KnownConnection, Target } from './known-connection.js';
import { introspect, post } from './rest.js';
import type { StoredState } from './stored-state.js';

const INTROSPECTIONS_MAX = 100;

/** What was done to the connection, as the audit log tells it. */
function eventsOf(stored: StoredState, { id }: KnownConnection): string[] {
  return stored.events
    .filter(({ target, action }) => target === id && action.startsWith('connection.'))
    .map(({ action, detail }) => (detail === null ? action : `${action} ${detail}`));
}

/** Whether the change that was not answered has happened, as the audit log tells it; the writer learns of it. */
export function settleChange(writer: AcknowledgedWriter, stored: StoredState): boolean {
  const { unanswered, unansweredCreate } = writer;
  if (unansweredCreate !== undefined) {
    return stored.events.some(
      ({ action, detail }) => action === 'connection.created' && detail === unansweredCreate.name,
    );
  }
  if (unanswered === undefined) return false;
  const happened = eventsOf(stored, unanswered.connection).length > unanswered.connection.history.length;
  writer.settle(happened);
  return happened;
}

/** What the disk holds that contradicts the answers, or itself; of tokens where they are kept with the rest. */
export function findHalfDone(
  stored: StoredState,
  writers: readonly AcknowledgedWriter[],
  { withTokens = true } = {},
): string[] {
  const known = writers.flatMap(({ connections }) => connections);
  const repeatable = new Set(writers.flatMap(({ unansweredCreate }) => unansweredCreate?.name ?? []));
  const found: string[] = [...stored.faults];
  const expectSame = (what: string, actual: unknown, expected: unknown) => {
    const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (is !== should) found.push(`${what} is ${is} and should be ${should}`);
  };
  expectSame(
    'the audit sequence',
    stored.events.map(({ sequence }) => sequence),
    stored.events.map((_, index) => index + 1),
  );
  expectSame('the number of secrets without a connection', stored.orphanSecrets, 0);
  const rows = new Map(stored.connections.map((row) => [row.id, row]));
  for (const connection of known) {
    const row = rows.get(connection.id);
    rows.delete(connection.id);
    const events = eventsOf(stored, connection);
    expectSame(`the history of ${connection.id}`, events, connection.history);
    if (!connection.exists) {
      expectSame(`the deleted ${connection.id}`, row, undefined);
      continue;
    }
    const bumps = events.filter((event) => /^connection\.(disabled|tokens_revoked)$/.test(event)).length;
    expectSame(`the state of ${connection.id}`, row, {
      id: connection.id,
      name: connection.name,
      status: connection.status,
      generation: 1 + bumps,
      secrets: 1,
      currentSecrets: 1,
    });
  }
  // What nobody knows of can only be what a create made whose answer was lost: wholly, with its secret and its event.
  for (const row of rows.values()) {
    const events = stored.events.filter(({ target }) => target === row.id).map(({ action }) => action);
    expectSame(
      `the unknown ${row.name}`,
      [repeatable.has(row.name), row.currentSecrets, events],
      [true, 1, ['connection.created']],
    );
  }
  const issued = stored.events.filter(({ action }) => action === 'token.issued').length;
  const acknowledged = writers.reduce((sum, { issuedByAdmin }) => sum + issuedByAdmin, 0);
  if (issued < acknowledged) found.push(`${issued} tokens issued, of ${acknowledged} acknowledged`);
  return withTokens ? [...found, ...findTokenContradictions(stored, writers)] : found;
}

/** Each token that an admin took has its event; each that an event says was revoked is gone; each issued is there. */
function findTokenContradictions(stored: StoredState, writers: readonly AcknowledgedWriter[]): string[] {
  const targets = (action: string) =>
    new Set(stored.events.filter((event) => event.action === action).map(({ target }) => target));
  const [issued, revoked] = [targets('token.issued'), targets('token.revoked')];
  const rows = new Set(stored.tokens.map(({ id }) => id));
  const ofAdmins = new Set(
    writers.filter(({ issuesAsAdmin }) => issuesAsAdmin).flatMap(({ connections }) => connections.map(({ id }) => id)),
  );
  const found: string[] = [];
  for (const { id, connectionId } of stored.tokens) {
    if (ofAdmins.has(connectionId) && !issued.has(id)) found.push(`token ${id} without its audit event`);
    if (revoked.has(id)) found.push(`token ${id} in spite of its revocation`);
  }
  for (const id of issued) if (!rows.has(id) && !revoked.has(id)) found.push(`no token ${id} in spite of its event`);
  return found;
}

/** Which of the tokens that were acknowledged, and must be alive, the gateway refuses. */
export async function findRefusedTokens(target: Target, writers: readonly AcknowledgedWriter[]): Promise<string[]> {
  const live = writers.flatMap(({ connections }) => connections).flatMap((connection) => [...connection.live]);
  const activity = await readActivity(target, live);
  return [...activity].flatMap(([token, active]) => (active ? [] : `the live token ${token} is refused`));
}

/** What the restarted gateway refuses of what was acknowledged, or accepts of what was revoked. */
export async function findRefusedOrRevived(
  target: Target,
  writers: readonly AcknowledgedWriter[],
  stored: StoredState,
): Promise<string[]> {
  const found = [...(await findRefusedTokens(target, writers)), ...(await findRevived(target, writers))];
  for (const connection of writers.flatMap(({ connections }) => connections)) {
    if (connection.secret === undefined) continue;
    const should = connection.exists && connection.status === 'ACTIVE';
    const is = await isAccepted(target.url, connection, connection.secret);
    if (is !== should) found.push(`the secret of ${connection.id} is ${is ? 'accepted' : 'refused'}`);
  }
  return [...found, ...(await settleRevocations(target, writers, stored))];
}

/** What the gateway accepts of what was revoked. */
export async function findRevived(target: Target, writers: readonly AcknowledgedWriter[]): Promise<string[]> {
  const known = writers.flatMap(({ connections }) => connections);
  const found: string[] = [];
  const dead = await readActivity(
    target,
    known.flatMap((connection) => [...connection.dead]),
  );
  for (const [token, active] of dead) if (active) found.push(`the dead token ${token} is accepted`);
  for (const connection of known) {
    for (const secret of connection.oldSecrets) {
      if (await isAccepted(target.url, connection, secret)) found.push(`an old secret of ${connection.id} is accepted`);
    }
  }
  return found;
}

/** Whether the machine is let in by this secret, asked in a way that writes nothing. */
async function isAccepted(url: string, { id, clientId }: KnownConnection, secret: string): Promise<boolean> {
  const { status } =
    clientId === undefined
      ? await post(
          `${url}/graphql`,
          { accesskey: secret, 'content-type': 'application/json' },
          '{"query":"{__typename}"}',
        )
      : await introspect(url, { connectionId: id, clientId, secret }, { access_token: 'unknown' });
  if (status !== 200 && status !== 401) throw new Error(`a secret was answered with ${status}`);
  return status === 200;
}

async function readActivity(target: Target, tokens: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const active = new Map<string, boolean>();
  for (let from = 0; from < tokens.length; from += INTROSPECTIONS_MAX) {
    const slice = tokens.slice(from, from + INTROSPECTIONS_MAX);
    const { introspectTokens } = await target.admin.run(IntrospectTokensDocument, { tokens: slice });
    for (const [index, token] of slice.entries()) active.set(token, introspectTokens[index]?.active ?? false);
  }
  return active;
}

/** A revocation that was not answered has killed its token and left its event, or done neither. */
async function settleRevocations(
  target: Target,
  writers: readonly AcknowledgedWriter[],
  stored: StoredState,
): Promise<string[]> {
  for (const writer of writers) {
    const activity = await readActivity(target, [...writer.perhapsRevoked.keys()]);
    for (const [token, active] of activity) writer.settleRevocation(token, !active);
  }
  const events = stored.events.filter(({ action }) => action === 'token.revoked').length;
  const revoked = writers.reduce((sum, writer) => sum + writer.revoked, 0);
  return events === revoked ? [] : [`${revoked} tokens were revoked, and ${events} events say so`];
}
