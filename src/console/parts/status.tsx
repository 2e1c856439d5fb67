import type { ReactNode } from 'react';
import type { ConnectionStatus } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';

/** Whether a connection's credentials are accepted, in a word and a dot. */
export function Status({ status }: { readonly status: ConnectionStatus }): ReactNode {
  return <span className={status === 'ACTIVE' ? 'status' : 'status off'}>{texts.connections.statuses[status]}</span>;
}
