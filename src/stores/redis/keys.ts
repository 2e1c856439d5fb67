import { hash } from 'node:crypto';

/**
 * Every key in Redis, who may find what by it, and how long it lives. Names hold digests and our own random ids, never a
 * credential or a name. Where one script needs several keys, their common `{…}` puts them into one slot of a Cluster.
 *
 * | key | type | holds | lives |
 * | --- | --- | --- | --- |
 * | `lk:tok:<digest>` | string | an access token's record | as long as the token |
 * | `lk:ids:<connection>` | sorted set | ids of the connection's tokens by their instant of issue | a day after the last issue |
 * | `lk:use:<connection>` | sorted set | instants of last use by token id | a day after the last use |
 * | `lk:{rev}:log` | stream | revocations and changed connections, newest last | the newest 10,000 or so |
 * | `lk:{rev}:epoch` | string | a random word: another one where the log was lost | for ever |
 * | `lk:brr:{<connection>}:value` | hash | the connection's bearer, encrypted, and its fence | as long as the bearer |
 * | `lk:brr:{<connection>}:lease` | string | the fence of who mints the next bearer | seconds |
 * | `lk:brr:{<connection>}:fence` | string | the last fence that was given, an instant in microseconds | two days after that |
 * | `lk:cnt:<digest>` | string | the calls of an organisation, a user, a client id or an address (lua/countCalls.lua) | as long as they count, and two minutes |
 */
export const tokenKey = (digest: string) => `lk:tok:${digest}`;
export const tokenIdsKey = (connectionId: string) => `lk:ids:${connectionId}`;
export const tokenUsesKey = (connectionId: string) => `lk:use:${connectionId}`;

export const REVOCATION_LOG_KEY = 'lk:{rev}:log';
export const REVOCATION_EPOCH_KEY = 'lk:{rev}:epoch';
/** Tells replicas that the log has grown; one that misses it finds out by its next probe. */
export const REVOCATION_CHANNEL = 'lk:rev';
export const REVOCATION_LOG_ENTRIES_MAX = 10_000;

export const sharedTokenKeys = (connectionId: string) =>
  [`lk:brr:{${connectionId}}:value`, `lk:brr:{${connectionId}}:lease`, `lk:brr:{${connectionId}}:fence`] as const;
export const SHARED_TOKEN_FENCE_TTL_MS = 2 * 86_400_000;

/** What nothing has added to for this long holds nothing that is still of use. */
export const TOKEN_INDEX_TTL_MS = 86_400_000 + 3_600_000;

/** By a digest without a key, so that replicas whose key rings differ for a while count into one log. */
export const callsKey = (subject: string) => `lk:cnt:${hash('sha256', subject, 'base64url')}`;
