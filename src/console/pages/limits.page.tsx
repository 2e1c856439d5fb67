import type { ReactNode } from 'react';
import { RateLimitDocument, type RateLimitQuery } from '../gateway/generated/graphql.js';
import { USES_EVERY_MS, useLiveQuery } from '../gateway/live-query.js';
import { Instant } from '../parts/instant.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { Problem } from '../parts/problem.jsx';
import { texts } from '../wording/texts.js';

type Policy = NonNullable<RateLimitQuery['rateLimit']>['policies'][number];
const words = texts.limits;

/** What is left of the organisation's calls. To look costs none of them. */
export function LimitsPage(): ReactNode {
  const [{ data, error, fetching }, ask] = useLiveQuery({ query: RateLimitDocument }, { everyMs: USES_EVERY_MS });
  const policies = data?.rateLimit?.policies;
  const refresh = () => ask({ requestPolicy: 'network-only' });
  return (
    <>
      <PageTitle>{texts.pages.limits}</PageTitle>
      <p>{words.explanation}</p>
      {error && <Problem error={error} onRetry={refresh} />}
      {policies === undefined && fetching && <p className="skeleton">{texts.loading}</p>}
      {policies?.length === 0 && <p>{words.off}</p>}
      {policies?.map((policy) => (
        <Standing key={policy.name} policy={policy} />
      ))}
    </>
  );
}

function Standing({ policy: { name, limit, remaining, resetsAt } }: { readonly policy: Policy }): ReactNode {
  const title = name === 'minute' ? words.minute : words.day;
  return (
    <section>
      <h2>{title}</h2>
      <p>{words.left(remaining, limit)}</p>
      <meter aria-label={title} min={0} max={limit} value={remaining} />
      {remaining < limit && (
        <p className="hint">
          {words.resets} <Instant at={resetsAt} />
        </p>
      )}
    </section>
  );
}
