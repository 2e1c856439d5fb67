import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { type CombinedError, useClient } from 'urql';
import { Link } from 'wouter';
import { urlOf } from '../gateway/base-url.js';
import { PastedTokenDocument, type PastedTokenQuery } from '../gateway/generated/graphql.js';
import { Instant } from '../parts/instant.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { Problem } from '../parts/problem.jsx';
import { texts } from '../wording/texts.js';

type Introspection = NonNullable<PastedTokenQuery['introspectToken']>;
const words = texts.tryIt;

/** Says of a pasted token what introspection says. The token stays in this page's memory, and is in no URL. */
export function TryItPage(): ReactNode {
  const client = useClient();
  const [token, setToken] = useState('');
  const [said, setSaid] = useState<Introspection>();
  const [error, setError] = useState<CombinedError>();
  const [isNoToken, setNoToken] = useState(false);
  const id = useId();
  const ask = async (event?: FormEvent) => {
    event?.preventDefault();
    const pasted = readPasted(token);
    const variables = { token: pasted };
    const { data, error } = await client.query(PastedTokenDocument, variables, { requestPolicy: 'network-only' });
    setNoToken(OTHER_SECRETS.test(pasted));
    setError(error);
    setSaid(data?.introspectToken ?? undefined);
  };
  return (
    <>
      <PageTitle>{texts.pages.tryIt}</PageTitle>
      <p>{words.explanation}</p>
      <form onSubmit={ask}>
        <div className="field">
          <label htmlFor={id}>{words.token}</label>
          <textarea
            id={id}
            rows={3}
            required
            spellCheck={false}
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </div>
        <button type="submit" className="button primary">
          {words.ask}
        </button>
      </form>
      {error && <Problem error={error} />}
      <div role="status">
        {isNoToken && <p>{words.noToken}</p>}
        {said && <Answer said={said} />}
      </div>
      <h2>{words.sandbox.title}</h2>
      <p>
        {words.sandbox.explanation}{' '}
        <a href={urlOf('graphql')} target="_blank" rel="noreferrer">
          {words.sandbox.link}
        </a>
      </p>
    </>
  );
}

/** What Latchkey gives out besides access tokens. */
const OTHER_SECRETS = /^lk(cs|ak|id|ad|si|ss)_/;

/** The token of what was pasted: by itself, behind `Bearer`, or in the answer of the token endpoint. */
function readPasted(text: string): string {
  const [, inAnswer] = /"access_token"\s*:\s*"([^"]+)"/.exec(text) ?? [];
  return inAnswer ?? text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
}

function Answer({ said }: { readonly said: Introspection }): ReactNode {
  const { active, clientId, tokenType, issuedAt, expiresAt, connection } = said;
  if (!active) return <p className="status off">{words.inactive}</p>;
  return (
    <>
      <p className="status">{words.active}</p>
      <dl>
        <dt>{texts.secretOnce.clientId}</dt>
        <dd>
          <code>{clientId}</code>
        </dd>
        {connection && (
          <>
            <dt>{words.connection}</dt>
            <dd>
              <Link href={`/connections/${connection.id}`}>{connection.name}</Link>
            </dd>
          </>
        )}
        <dt>{words.type}</dt>
        <dd>{tokenType}</dd>
        {issuedAt && (
          <>
            <dt>{texts.tokens.issued}</dt>
            <dd>
              <Instant at={issuedAt} />
            </dd>
          </>
        )}
        {expiresAt && (
          <>
            <dt>{texts.tokens.expires}</dt>
            <dd>
              <Instant at={expiresAt} />
            </dd>
          </>
        )}
      </dl>
    </>
  );
}
