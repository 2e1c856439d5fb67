import { LRUCache } from 'lru-cache';
import type { AccessToken } from '../../domain/tokens/access-token.js';

/** A token as Redis keeps it. No part can hold the separator: our ids have only letters, digits, `_` and `-`. */
export function toRecord(token: AccessToken): string {
  const { id, organizationId, connectionId, clientId, generation, issuedAt, expiresAt } = token;
  return [id, organizationId, connectionId, clientId, generation, issuedAt, expiresAt].join('|');
}

/** Reads records, and keeps each text that many tokens share in memory once. */
export class TokenRecords {
  readonly #texts = new LRUCache<string, string>({ max: 10_000 });

  read(digest: string, record: string): AccessToken {
    const [id = '', organizationId = '', connectionId = '', clientId = '', generation, issuedAt, expiresAt] =
      record.split('|');
    return {
      id: copyOf(id),
      digest,
      organizationId: this.#shared(organizationId),
      connectionId: this.#shared(connectionId),
      clientId: this.#shared(clientId),
      generation: Number(generation),
      issuedAt: Number(issuedAt),
      expiresAt: Number(expiresAt),
      lastUsedAt: undefined,
    };
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const copy = copyOf(text);
    this.#texts.set(copy, copy);
    return copy;
  }
}

/** A slice of a text keeps the whole text in memory; a copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
