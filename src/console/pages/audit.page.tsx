import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { AuditEventsDocument, type AuditEventsQuery } from '../gateway/generated/graphql.js';
import { useLiveQuery } from '../gateway/live-query.js';
import { Instant } from '../parts/instant.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { usePages } from '../parts/pager.jsx';
import { Problem } from '../parts/problem.jsx';
import { texts } from '../wording/texts.js';

type Event = NonNullable<AuditEventsQuery['auditEvents']>['edges'][number]['node'];
const PAGE_LENGTH = 50;
const words = texts.audit;

/** Who changed what, newest first. */
export function AuditPage(): ReactNode {
  const { asked, pagerOf } = usePages(PAGE_LENGTH);
  const [{ data, error, fetching }, ask] = useLiveQuery({ query: AuditEventsDocument, variables: asked });
  const page = data?.auditEvents;
  return (
    <>
      <PageTitle>{texts.pages.audit}</PageTitle>
      <p className="hint">{words.explanation}</p>
      {error && <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!page && fetching && <p className="skeleton">{texts.loading}</p>}
      {page?.edges.length === 0 && <p>{words.none}</p>}
      {page && page.edges.length > 0 && <Events events={page.edges.map(({ node }) => node)} />}
      {pagerOf(page?.pageInfo)}
    </>
  );
}

function Events({ events }: { readonly events: readonly Event[] }): ReactNode {
  return (
    <div className="table-frame">
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {words.at}
            </th>
            <th role="columnheader" scope="col">
              {words.actor}
            </th>
            <th role="columnheader" scope="col">
              {words.action}
            </th>
            <th role="columnheader" scope="col">
              {words.target}
            </th>
            <th role="columnheader" scope="col">
              {words.detail}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {events.map(({ id, at, actor, action, target, detail }) => (
            <tr role="row" key={id}>
              <td role="cell" data-label={words.at}>
                <Instant at={at} />
              </td>
              <td role="cell" data-label={words.actor}>
                {actor}
              </td>
              <td role="cell" data-label={words.action} className="phrase">
                {words.actions[action as keyof typeof words.actions] ?? action}
              </td>
              <td role="cell" data-label={words.target}>
                {target?.startsWith('con_') ? <Link href={`/connections/${target}`}>{target}</Link> : target}
              </td>
              <td role="cell" data-label={words.detail} className="prose">
                {detail}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
