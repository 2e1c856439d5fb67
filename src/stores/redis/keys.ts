import { hash } from 'node:crypto';

/**
 * Every key in Redis, what it holds, and how long it lives. Key names hold digests and our own random ids, never a
 * credential or a name. A common `{…}` puts the keys of one script into one slot of a Cluster.
 *
 * | key | type | holds | lives |
 * | --- | --- | --- | --- |
 * | `lk:tok:<digest>` | string | an access token's record | as long as the token |
 * | `lk:ids:<connection>` | sorted set | ids of the connection's tokens by instant of issue | 25 hours after the last |
 * | `lk:use:<connection>` | sorted set | instants of last use by token id | 25 hours after the last use |
 * | `lk:{rev}:log` | stream | revocations and changed connections, newest last | the newest 10,000 or so |
 * | `lk:{rev}:epoch` | string | a random word, a new one after a loss of the log | for ever |
 * | `lk:brr:{<connection>}:value` | hash | the shared token, encrypted, and its fence | as long as the token |
 * | `lk:brr:{<connection>}:lease` | string | the fence of the caller that mints the next shared token | seconds |
 * | `lk:brr:{<connection>}:fence` | string | the last fence given, an instant in microseconds | two days after that |
 * | `lk:cnt:<digest>` | string | calls of an organisation, user, client id or address | 2 minutes after they count |
 */
export const tokenKey = (digest: string) => `lk:tok:${digest}`;
export const tokenIdsKey = (connectionId: string) => `lk:ids:${connectionId}`;
export const tokenUsesKey = (connectionId: string) => `lk:use:${connectionId}`;

export const REVOCATION_LOG_KEY = 'lk:{rev}:log';
export const REVOCATION_EPOCH_KEY = 'lk:{rev}:epoch';
/** Tells replicas that the log has grown; a replica that misses this finds out by its next probe. */
export const REVOCATION_CHANNEL = 'lk:rev';
export const REVOCATION_LOG_ENTRIES_MAX = 10_000;

export const sharedTokenKeys = (connectionId: string) =>
  [`lk:brr:{${connectionId}}:value`, `lk:brr:{${connectionId}}:lease`, `lk:brr:{${connectionId}}:fence`] as const;
export const SHARED_TOKEN_FENCE_TTL_MS = 2 * 86_400_000;

/** An index that got no addition for this long holds only dead tokens and their uses. */
export const TOKEN_INDEX_TTL_MS = 86_400_000 + 3_600_000;

/** An unkeyed digest: replicas whose key rings differ for a while count into one log (layout: lua/countCalls.lua). */
export const callsKey = (subject: string) => `lk:cnt:${hash('sha256', subject, 'base64url')}`;
