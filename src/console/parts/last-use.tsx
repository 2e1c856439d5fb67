import type { ReactNode } from 'react';
import type { ConnectionFieldsFragment } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { Instant } from './instant.jsx';

/** When a connection's current secret was last used: who presses the button should know whether somebody still does. */
export function LastUse({ connection: { secrets } }: { readonly connection: ConnectionFieldsFragment }): ReactNode {
  const [current] = secrets;
  if (!current?.lastUsedAt) return <p>{texts.actions.neverUsed}</p>;
  return (
    <p className="notice">
      {texts.actions.lastUsed} <Instant at={current.lastUsedAt} />.
    </p>
  );
}
