import { type ReactNode, useId, useState } from 'react';
import { Link } from 'wouter';
import { ConnectionsDocument, type ConnectionsQuery } from '../gateway/generated/graphql.js';
import { useLiveQuery } from '../gateway/live-query.js';
import { useMayChange } from '../gateway/session.context.js';
import { InstantOrNever } from '../parts/instant.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { Problem } from '../parts/problem.jsx';
import { Status } from '../parts/status.jsx';
import { texts } from '../wording/texts.js';

type Listed = NonNullable<ConnectionsQuery['connections']>[number];

/** How many of each type an organisation may have. */
const CAPS = { ACCESS_KEY: 1, OAUTH: 15 } as const;
const words = texts.connections;

/** All connections of the organisation: at most sixteen, so that one list holds them. */
export function ConnectionsPage(): ReactNode {
  const [{ data, error, fetching }, ask] = useLiveQuery({ query: ConnectionsDocument, variables: {} });
  const mayChange = useMayChange();
  const connections = data?.connections ?? undefined;
  return (
    <>
      <div className="page-top">
        <PageTitle>{texts.pages.connections}</PageTitle>
        {mayChange && (
          <Link href="/connections/new" className="button primary">
            {texts.pages.createConnection}
          </Link>
        )}
      </div>
      {connections === undefined && fetching && <p className="skeleton">{texts.loading}</p>}
      {error && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {connections && <Connections connections={connections} />}
    </>
  );
}

function Connections({ connections }: { readonly connections: readonly Listed[] }): ReactNode {
  const [sought, setSought] = useState('');
  const searchId = useId();
  if (connections.length === 0) return <Empty />;
  const found = connections.filter((connection) => fits(connection, sought));
  const leftOf = (type: keyof typeof CAPS) =>
    CAPS[type] - connections.filter(({ authenticationType }) => authenticationType === type).length;
  return (
    <>
      <p className="hint">{words.left(leftOf('OAUTH'), CAPS.OAUTH, leftOf('ACCESS_KEY'))}</p>
      <div className="field">
        <label htmlFor={searchId}>{words.search}</label>
        <input id={searchId} type="search" value={sought} onChange={(event) => setSought(event.target.value)} />
      </div>
      <p role="status" className="hint">
        {found.length === 0 ? words.none(sought) : words.found(found.length, connections.length)}
      </p>
      {found.length > 0 && <Table connections={found} />}
    </>
  );
}

function Table({ connections }: { readonly connections: readonly Listed[] }): ReactNode {
  return (
    <div className="table-frame">
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {words.name}
            </th>
            <th role="columnheader" scope="col">
              {words.type}
            </th>
            <th role="columnheader" scope="col">
              {words.status}
            </th>
            <th role="columnheader" scope="col">
              {words.secret}
            </th>
            <th role="columnheader" scope="col">
              {words.lastUsed}
            </th>
            <th role="columnheader" scope="col">
              {words.createdBy}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {connections.map((connection) => (
            <Row key={connection.id} connection={connection} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ connection }: { readonly connection: Listed }): ReactNode {
  const { id, name, authenticationType, status, secrets, lastUsedAt, createdBy } = connection;
  return (
    <tr role="row">
      <th role="rowheader" scope="row" data-label={words.name}>
        <Link href={`/connections/${id}`}>{name}</Link>
      </th>
      <td role="cell" data-label={words.type}>
        {words.types[authenticationType]}
      </td>
      <td role="cell" data-label={words.status}>
        <Status status={status} />
      </td>
      <td role="cell" data-label={words.secret}>
        {secrets.map((secret) => (
          <code key={secret.id}>{`${secret.prefix}…${secret.last4}`}</code>
        ))}
      </td>
      <td role="cell" data-label={words.lastUsed}>
        <InstantOrNever at={lastUsedAt} />
      </td>
      <td role="cell" data-label={words.createdBy}>
        {createdBy}
      </td>
    </tr>
  );
}

/** Says what a connection is for, to whoever has none yet. */
function Empty(): ReactNode {
  const mayChange = useMayChange();
  return (
    <section className="empty">
      <h2>{words.empty.title}</h2>
      {words.empty.sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {mayChange && (
        <Link href="/connections/new" className="button primary">
          {words.empty.first}
        </Link>
      )}
    </section>
  );
}

/** By name, client id, id, creator, or the characters of a secret that are shown. */
function fits(connection: Listed, sought: string): boolean {
  const { id, name, createdBy, secrets } = connection;
  const clientId = connection.__typename === 'OAuthConnection' ? connection.clientId : '';
  const seen = [name, id, clientId, createdBy, ...secrets.flatMap(({ prefix, last4 }) => [prefix, last4])];
  return seen.some((text) => text.toLowerCase().includes(sought.trim().toLowerCase()));
}
