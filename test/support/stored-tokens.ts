import type { Database } from '../../src/domain/database/database.js';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';

/** Adds tokens, all at once. */
export async function insertTokens({ tokens }: Database, added: readonly AccessToken[]): Promise<void> {
  await Promise.all(added.map((token) => tokens.insert(token)));
}

/** What is found of each digest, all looked up at once. */
export function findTokens({ tokens }: Database, digests: readonly string[]): Promise<(AccessToken | undefined)[]> {
  return Promise.all(digests.map((digest) => tokens.find(digest)));
}
