import type { ReactNode } from 'react';
import { useMutation } from 'urql';
import {
  ConnectionTokensDocument,
  RevokeListedTokenDocument,
  RevokeTokensDocument,
} from '../gateway/generated/graphql.js';
import { USES_EVERY_MS, useLiveQuery } from '../gateway/live-query.js';
import { useMayChange } from '../gateway/session.context.js';
import { texts } from '../wording/texts.js';
import { outcomeOf } from './action.dialog.jsx';
import { Instant, InstantOrNever } from './instant.jsx';
import { usePages } from './pager.jsx';
import { Problem } from './problem.jsx';
import { RevokeButton } from './revoke-button.jsx';

const PAGE_LENGTH = 20;
const words = texts.tokens;

/** The tokens of an OAuth connection that are accepted now, newest first. None of them shows its text. */
export function LiveTokens({ connectionId }: { readonly connectionId: string }): ReactNode {
  const { asked, pagerOf } = usePages(PAGE_LENGTH);
  const variables = { id: connectionId, ...asked };
  const [{ data, error, fetching }, ask] = useLiveQuery(
    { query: ConnectionTokensDocument, variables },
    { everyMs: USES_EVERY_MS },
  );
  const page = data?.connection?.__typename === 'OAuthConnection' ? data.connection.tokens : undefined;
  const refresh = () => ask({ requestPolicy: 'network-only' });
  const mayChange = useMayChange();
  const { end, endAll } = useRevocations(connectionId);
  return (
    <section>
      <div className="page-top">
        <h2>{words.title}</h2>
        <div className="actions">
          {mayChange && page && page.edges.length > 0 && (
            <RevokeButton
              label={words.revokeAll}
              explanation={words.revokeAllExplanation}
              onRevoke={endAll}
              onRevoked={refresh}
            />
          )}
        </div>
      </div>
      {error && <Problem error={error} onRetry={refresh} />}
      {page === undefined && fetching && <p className="skeleton">{texts.loading}</p>}
      {page?.edges.length === 0 && <p>{words.none}</p>}
      {page && page.edges.length > 0 && (
        <div className="table-frame">
          <table role="table">
            <thead role="rowgroup">
              <tr role="row">
                <th role="columnheader" scope="col">
                  {words.id}
                </th>
                <th role="columnheader" scope="col">
                  {words.issued}
                </th>
                <th role="columnheader" scope="col">
                  {words.expires}
                </th>
                <th role="columnheader" scope="col">
                  {texts.connections.lastUsed}
                </th>
                {mayChange && (
                  <th role="columnheader" scope="col">
                    <span className="visually-hidden">{words.revoke}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {page.edges.map(({ node }) => (
                <tr role="row" key={node.id}>
                  <th role="rowheader" scope="row" data-label={words.id}>
                    <code>{node.id}</code>
                  </th>
                  <td role="cell" data-label={words.issued}>
                    <Instant at={node.issuedAt} />
                  </td>
                  <td role="cell" data-label={words.expires}>
                    <Instant at={node.expiresAt} />
                  </td>
                  <td role="cell" data-label={texts.connections.lastUsed}>
                    <InstantOrNever at={node.lastUsedAt} />
                  </td>
                  {mayChange && (
                    <td role="cell">
                      <RevokeButton
                        label={words.revoke}
                        what={node.id}
                        explanation={words.revokeExplanation}
                        onRevoke={() => end(node.id)}
                        onRevoked={refresh}
                      />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pagerOf(page?.pageInfo)}
    </section>
  );
}

function useRevocations(connectionId: string) {
  const [, revokeOne] = useMutation(RevokeListedTokenDocument);
  const [, revokeAll] = useMutation(RevokeTokensDocument);
  return {
    end: async (tokenId: string) => {
      const { data, error } = await revokeOne({ connectionId, tokenId });
      return outcomeOf(data?.revokeListedToken, error);
    },
    endAll: async () => {
      const { data, error } = await revokeAll({ connectionId });
      return outcomeOf(data?.revokeTokens, error);
    },
  };
}
