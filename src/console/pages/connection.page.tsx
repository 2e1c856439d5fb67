import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { ConnectionDocument, type ConnectionFieldsFragment } from '../gateway/generated/graphql.js';
import { USES_EVERY_MS, useLiveQuery } from '../gateway/live-query.js';
import { CodeSamples } from '../parts/code-samples.jsx';
import { ConnectionActions } from '../parts/connection-actions.jsx';
import { CopyButton } from '../parts/copy-button.jsx';
import { Instant, InstantOrNever } from '../parts/instant.jsx';
import { LiveTokens } from '../parts/live-tokens.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { Problem } from '../parts/problem.jsx';
import { SecretOnce } from '../parts/secret-once.jsx';
import { Status } from '../parts/status.jsx';
import { texts } from '../wording/texts.js';

const words = texts.connection;

/** One connection: what it is, what may be done with it, its live tokens, and how a machine uses it. */
export function ConnectionPage({ params: { id } }: { readonly params: { readonly id: string } }): ReactNode {
  const [{ data, error, fetching }, ask] = useLiveQuery(
    { query: ConnectionDocument, variables: { id } },
    { everyMs: USES_EVERY_MS },
  );
  const connection = data?.connection;
  if (connection) return <Shown connection={connection} />;
  if (fetching) return <p className="skeleton">{texts.loading}</p>;
  if (error) return <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  return (
    <>
      <PageTitle>{words.absent}</PageTitle>
      <p>{words.absentExplanation}</p>
      <Link href="/">{texts.backToConnections}</Link>
    </>
  );
}

function Shown({ connection }: { readonly connection: ConnectionFieldsFragment }): ReactNode {
  const [shown, setShown] = useState<string>();
  const { name, authenticationType } = connection;
  const clientId = connection.__typename === 'OAuthConnection' ? connection.clientId : undefined;
  return (
    <>
      <div className="page-top">
        <PageTitle>{name}</PageTitle>
        {shown === undefined && <ConnectionActions connection={connection} onSecret={setShown} />}
      </div>
      {shown ? (
        <SecretOnce {...{ connection, clientId }} secret={shown} onDone={() => setShown(undefined)} />
      ) : (
        <>
          {connection.status === 'DISABLED' && <p className="notice">{words.disabled}</p>}
          <Facts connection={connection} clientId={clientId} />
          {clientId && <LiveTokens connectionId={connection.id} />}
          <CodeSamples authenticationType={authenticationType} clientId={clientId} />
        </>
      )}
    </>
  );
}

interface FactsProps {
  readonly connection: ConnectionFieldsFragment;
  readonly clientId: string | undefined;
}

function Facts({ connection, clientId }: FactsProps): ReactNode {
  const { status, connector, authenticationType, secrets, createdAt, createdBy, updatedAt, allowedCidrs } = connection;
  return (
    <dl>
      <dt>{texts.connections.status}</dt>
      <dd>
        <Status status={status} />
      </dd>
      <dt>{texts.create.connector}</dt>
      <dd>{texts.connectors[connector]}</dd>
      <dt>{texts.connections.type}</dt>
      <dd>{texts.connections.types[authenticationType]}</dd>
      {clientId && (
        <>
          <dt>{texts.secretOnce.clientId}</dt>
          <dd>
            <code>{clientId}</code> <CopyButton text={clientId} what={texts.secretOnce.clientId} />
          </dd>
        </>
      )}
      {secrets.map((secret) => (
        <SecretFact key={secret.id} secret={secret} />
      ))}
      <dt>{words.addresses}</dt>
      <dd>{allowedCidrs.length === 0 ? words.anyAddress : allowedCidrs.join(', ')}</dd>
      <dt>{words.created}</dt>
      <dd>
        <Instant at={createdAt} /> · {createdBy}
      </dd>
      <dt>{words.changed}</dt>
      <dd>
        <Instant at={updatedAt} />
      </dd>
    </dl>
  );
}

function SecretFact({ secret }: { readonly secret: ConnectionFieldsFragment['secrets'][number] }): ReactNode {
  const { prefix, last4, state, createdAt, lastUsedAt, expiresAt } = secret;
  return (
    <>
      <dt>{words.secretStates[state]}</dt>
      <dd>
        <code>{`${prefix}…${last4}`}</code>
        <span className="hint block">
          {words.secretMade} <Instant at={createdAt} /> · {texts.connections.lastUsed}{' '}
          <InstantOrNever at={lastUsedAt} />
          {expiresAt && (
            <>
              {' '}
              · {words.expires} <Instant at={expiresAt} />
            </>
          )}
        </span>
      </dd>
    </>
  );
}
