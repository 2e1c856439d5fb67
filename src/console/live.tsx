import { type ReactNode, useEffect, useState } from 'react';
import { followConnections } from './gateway/follow-connections.js';
import { NewsContext } from './gateway/live-query.js';

interface Props {
  readonly hasSession: boolean;
  readonly onSessionEnded: () => void;
  readonly children: ReactNode;
}

/** Keeps what its children show up to date with what others change. */
export function Live({ hasSession, onSessionEnded, children }: Props): ReactNode {
  const [news, setNews] = useState(0);
  useEffect(() => {
    if (!hasSession) return;
    return followConnections({ onNews: () => setNews((before) => before + 1), onSessionEnded });
  }, [hasSession, onSessionEnded]);
  return <NewsContext value={news}>{children}</NewsContext>;
}
