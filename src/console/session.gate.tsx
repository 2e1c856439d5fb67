import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { ViewerDocument } from './gateway/generated/graphql.js';
import { codeOf } from './gateway/graphql.client.js';
import { ViewerContext } from './gateway/session.context.js';
import { SignedOutPage } from './pages/signed-out.page.jsx';
import { Problem } from './parts/problem.jsx';
import { SessionEndedDialog } from './parts/session-ended.dialog.jsx';

interface Props {
  readonly hasEnded: boolean;
  readonly onRenewed: () => void;
  readonly children: ReactNode;
}

/**
 * Shows its children to whoever is signed in. A session that ends meanwhile is renewed over the page, which keeps what was
 * entered; another user begins with a page of their own.
 */
export function SessionGate({ hasEnded, onRenewed, children }: Props): ReactNode {
  const [{ data, error, fetching }, ask] = useQuery({ query: ViewerDocument, requestPolicy: 'network-only' });
  const [known, setKnown] = useState(data?.viewer);
  const viewer = data?.viewer ?? known;
  if (viewer !== known) setKnown(viewer);
  if (viewer) {
    return (
      <ViewerContext value={viewer} key={`${viewer.organization.id} ${viewer.id} ${viewer.role}`}>
        {children}
        <SessionEndedDialog isOpen={hasEnded} onRenewed={onRenewed} />
      </ViewerContext>
    );
  }
  if (fetching || error === undefined) return null;
  if (codeOf(error) === 'UNAUTHENTICATED') return <SignedOutPage />;
  return <Problem error={error} onRetry={ask} />;
}
