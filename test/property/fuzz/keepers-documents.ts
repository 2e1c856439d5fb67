import {
  AuditEventsDocument,
  ConnectionsDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  IssueTokenDocument,
  ViewerDocument,
} from '../../generated/graphql.js';
import { CONNECTION_CHANGED } from '../../support/event-stream.js';

/** What looks after the callers and the state sends itself, and has to be registered where only registered documents run. */
export const KEEPERS_DOCUMENTS: readonly string[] = [
  AuditEventsDocument,
  ConnectionsDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  IssueTokenDocument,
  ViewerDocument,
  CONNECTION_CHANGED,
].map(String);
