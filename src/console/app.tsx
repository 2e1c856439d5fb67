import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { Provider } from 'urql';
import { Route, Router, Switch } from 'wouter';
import { BASE_PATH } from './gateway/base-url.js';
import { createClient } from './gateway/graphql.client.js';
import { Live } from './live.jsx';
import { AuditPage } from './pages/audit.page.jsx';
import { ConnectionPage } from './pages/connection.page.jsx';
import { ConnectionsPage } from './pages/connections.page.jsx';
import { CreateConnectionPage } from './pages/create-connection.page.jsx';
import { LimitsPage } from './pages/limits.page.jsx';
import { TryItPage } from './pages/try-it.page.jsx';
import { UnknownPage } from './pages/unknown.page.jsx';
import { useGuardedLocation } from './parts/leave-guard.js';
import { SessionGate } from './session.gate.jsx';
import { Shell } from './shell.jsx';

/** The console: a page for each path that the gateway serves it at. */
export function App(): ReactNode {
  const [hasEnded, setEnded] = useState(false);
  const end = useCallback(() => setEnded(true), []);
  const client = useMemo(() => createClient(end), [end]);
  return (
    <Provider value={client}>
      <Router base={BASE_PATH} hook={useGuardedLocation}>
        <SessionGate hasEnded={hasEnded} onRenewed={() => setEnded(false)}>
          <Live hasSession={!hasEnded} onSessionEnded={end}>
            <Shell>
              <Switch>
                <Route path="/" component={ConnectionsPage} />
                <Route path="/connections/new" component={CreateConnectionPage} />
                <Route path="/connections/:id" component={ConnectionPage} />
                <Route path="/try-it" component={TryItPage} />
                <Route path="/limits" component={LimitsPage} />
                <Route path="/audit" component={AuditPage} />
                <Route component={UnknownPage} />
              </Switch>
            </Shell>
          </Live>
        </SessionGate>
      </Router>
    </Provider>
  );
}
