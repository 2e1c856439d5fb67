import type { ReactNode } from 'react';
import { texts } from '../wording/texts.js';

interface Props {
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  readonly onNext: () => void;
  readonly onPrevious: () => void;
}

/** Leads through pages, where there is more than one. */
export function Pager({ hasNext, hasPrevious, onNext, onPrevious }: Props): ReactNode {
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
