import { type ReactNode, useState } from 'react';
import type { PageFieldsFragment } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';

/** Which page of a list to ask for, and what leads from the page that came to its neighbours. */
export function usePages(first: number) {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const after = cursors.at(-1);
  return {
    asked: { first, ...(after === undefined ? {} : { after }) },
    pagerOf: (pageInfo: PageFieldsFragment | undefined): ReactNode => (
      <Pager
        hasNext={pageInfo?.hasNextPage ?? false}
        hasPrevious={cursors.length > 0}
        onNext={() => pageInfo?.endCursor && setCursors([...cursors, pageInfo.endCursor])}
        onPrevious={() => setCursors(cursors.slice(0, -1))}
      />
    ),
  };
}

interface Props {
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  readonly onNext: () => void;
  readonly onPrevious: () => void;
}

/** Leads through pages, where there is more than one. */
function Pager({ hasNext, hasPrevious, onNext, onPrevious }: Props): ReactNode {
  if (!hasNext && !hasPrevious) return null;
  return (
    <div className="actions">
      <button type="button" className="button" disabled={!hasPrevious} onClick={onPrevious}>
        {texts.pager.newer}
      </button>
      <button type="button" className="button" disabled={!hasNext} onClick={onNext}>
        {texts.pager.older}
      </button>
    </div>
  );
}
