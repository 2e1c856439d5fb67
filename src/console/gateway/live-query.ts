import { createContext, use, useEffect, useRef, useState } from 'react';
import { type AnyVariables, type UseQueryArgs, type UseQueryResponse, useQuery } from 'urql';
import type { Presence } from './presence.js';

interface LiveState {
  /** How often anything was heard of the organisation's connections. */
  readonly news: number;
  readonly presence: Pick<Presence, 'isThere'>;
}

export const LiveContext = createContext<LiveState>({ news: 0, presence: { isThere: true } });

/** The pace of questions about uses: machines take and use tokens without a word to anybody. */
export const USES_EVERY_MS = 3_000;

interface Freshness {
  /** Asks again at this pace too, while somebody is there: for what no event tells of. */
  readonly everyMs?: number;
}

/**
 * A query whose answer stays fresh while it is shown. Where a look at it anew fails, the answer before stays beside the
 * error: dialogs, and a secret that is shown once, stand on it.
 */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
  { everyMs }: Freshness = {},
): UseQueryResponse<Data, Variables> {
  const response = useQuery(args);
  const [latest, ask] = response;
  const [good, setGood] = useState(latest);
  // Without data and without an error too, for a moment: urql forgets the error as it asks again.
  const isGood = latest.error === undefined && latest.data !== undefined;
  if (isGood && latest !== good) setGood(latest);
  const { news, presence } = use(LiveContext);
  const heard = useRef(news);
  useEffect(() => {
    if (heard.current === news) return;
    heard.current = news;
    ask({ requestPolicy: 'network-only' });
  }, [news, ask]);
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (presence.isThere) ask({ requestPolicy: 'network-only' });
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, ask, presence]);
  const { operation, data } = good;
  if (isGood || data === undefined || operation?.key !== latest.operation?.key) return response;
  return [{ ...latest, data }, ask];
}
