import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { followConnections } from './gateway/follow-connections.js';
import { LiveContext } from './gateway/live-query.js';
import { Presence } from './gateway/presence.js';

interface Props {
  readonly hasSession: boolean;
  readonly onSessionEnded: () => void;
  readonly children: ReactNode;
}

/** Keeps what its children show up to date with what others change, while somebody looks at it. */
export function Live({ hasSession, onSessionEnded, children }: Props): ReactNode {
  const [news, setNews] = useState(0);
  const presence = useMemo(() => new Presence(() => setNews((before) => before + 1)), []);
  useEffect(() => presence.watch(), [presence]);
  useEffect(() => {
    if (!hasSession) return;
    const onNews = () => {
      // Whoever comes back has everything asked anew.
      if (presence.isThere) setNews((before) => before + 1);
    };
    return followConnections({ onNews, onSessionEnded });
  }, [hasSession, onSessionEnded, presence]);
  const live = useMemo(() => ({ news, presence }), [news, presence]);
  return <LiveContext value={live}>{children}</LiveContext>;
}
