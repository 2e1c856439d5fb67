import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const DOCUMENTS_MAX = 200;
const SEEN_MAX = 2_000;

/**
 * Documents that have been parsed and validated, as Apollo Server keeps them, so that those of real clients, which send
 * the same few, are not again. One is kept when it comes for the second time: clients that write values into their documents, and whoever
 * invents documents, would otherwise fill the memory with what nobody asks for twice.
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
