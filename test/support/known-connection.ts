import type { GraphqlClient } from './graphql-client.js';

/** A connection as its only writer knows it, from nothing but answers. */
export interface KnownConnection {
  readonly id: string;
  readonly clientId: string | undefined;
  name: string;
  status: 'ACTIVE' | 'DISABLED';
  exists: boolean;
  /** Undefined where the answer that showed it was lost. */
  secret: string | undefined;
  readonly oldSecrets: string[];
  readonly live: Set<string>;
  readonly dead: Set<string>;
  /** The audit events that its acknowledged changes must have, in their order. */
  readonly history: string[];
}

/** A change whose answer has not come: it may have happened, wholly, or not at all. */
export interface Unanswered {
  readonly connection: KnownConnection;
  readonly event: string;
  readonly apply: () => void;
}

/** Where and as whom a writer writes; another after each restart. */
export interface Target {
  readonly url: string;
  readonly admin: GraphqlClient;
  readonly isKilled: () => boolean;
  /** Whether this error leaves its writer without knowing what became of the write. */
  readonly isUnanswered: (error: unknown) => boolean;
  readonly acknowledged: () => void;
}

/** What disabling, deleting and revoking all tokens do to those that live. */
export function killTokens({ live, dead }: KnownConnection): void {
  for (const token of live) dead.add(token);
  live.clear();
}
