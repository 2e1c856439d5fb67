import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const DOCUMENTS_MAX = 200;
const SEEN_MAX = 2_000;

/**
 * Apollo Server's store of parsed and validated documents: real clients send the same few. The store keeps a document
 * at its second arrival, so that inlined values and invented documents do not fill the memory.
 */
export class DocumentStore {
  readonly #documents = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_MAX });
  readonly #seen = new LRUCache<string, true>({ max: SEEN_MAX });

  async get(hash: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(hash);
  }

  async set(hash: string, document: DocumentNode): Promise<void> {
    if (this.#seen.has(hash)) this.#documents.set(hash, document);
    else this.#seen.set(hash, true);
  }

  async delete(hash: string): Promise<boolean> {
    return this.#documents.delete(hash);
  }
}
