import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { texts } from '../wording/texts.js';

/** What went wrong, in words that a person can act on: the gateway's own sentence, where it answered at all. */
export function sentenceOf({ graphQLErrors: [first] }: CombinedError): string {
  return first?.message ?? texts.problems.network;
}

/** Says why something cannot be shown or done, and offers to try again. */
export function Problem({
  error,
  onRetry,
}: {
  readonly error: CombinedError;
  readonly onRetry?: () => void;
}): ReactNode {
  return (
    <div className="problem" role="alert">
      <p>{sentenceOf(error)}</p>
      {onRetry && (
        <button type="button" onClick={() => onRetry()}>
          {texts.problems.tryAgain}
        </button>
      )}
    </div>
  );
}
