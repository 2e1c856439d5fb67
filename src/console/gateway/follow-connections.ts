import type { DocumentNode } from 'graphql';
import { createClient } from 'graphql-sse';
import { formatDocument, stringifyDocument } from 'urql';
import { urlOf } from './base-url.js';
import { ConnectionChangedDocument } from './generated/graphql.js';

/** The longest pause between two attempts to reach the gateway. */
const PAUSE_MS_MAX = 15_000;

interface Listener {
  /** Something changed, or may have changed while nobody listened. */
  onNews(): void;
  onSessionEnded(): void;
}

/**
 * Follows the organisation's connections while the page is in view: browsers have six connections to one server, which
 * hidden tabs would use up. Returns a function that ends this.
 */
export function followConnections(listener: Listener): () => void {
  const events = createClient({
    url: urlOf('graphql'),
    credentials: 'same-origin',
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: pause,
    // graphql-sse tells nobody of a refusal: it comes back, for ever.
    fetchFn: async (...asked: Parameters<typeof fetch>) => {
      const response = await fetch(...asked);
      if (response.status === 401) listener.onSessionEnded();
      return response;
    },
    // What changed before that is in no event.
    on: { connected: () => listener.onNews() },
  });
  let leave: (() => void) | undefined;
  const subscribe = () => {
    const query = stringifyDocument(formatDocument(ConnectionChangedDocument) as DocumentNode);
    return events.subscribe(
      { query },
      {
        next: ({ errors }) => {
          if (errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) listener.onSessionEnded();
          else listener.onNews();
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
  };
  const lookAround = () => {
    if (document.visibilityState === 'visible') leave ??= subscribe();
    else {
      leave?.();
      leave = undefined;
    }
  };
  document.addEventListener('visibilitychange', lookAround);
  lookAround();
  return () => {
    document.removeEventListener('visibilitychange', lookAround);
    leave?.();
    events.dispose();
  };
}

/** Longer after each attempt, and of another length for each browser: all of them lose a gateway that restarts at once. */
function pause(attempts: number): Promise<void> {
  const longest = Math.min(PAUSE_MS_MAX, 500 * 2 ** attempts);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
