import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const DOCUMENTS_MAX = 200;
const SEEN_MAX = 2_000;

/**
 * Parsed and validated documents, which Apollo Server stores here: real clients send the same few. A document stays from
 * its second arrival, so that inlined values and invented documents do not fill the memory.
 */
export class KnownDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_MAX });
  readonly #byText = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_MAX });
  readonly #seen = new LRUCache<string, true>({ max: SEEN_MAX });

  /** Apollo's look-up, by its hash of the text. */
  async get(hash: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(hash);
  }

  async set(hash: string, document: DocumentNode): Promise<void> {
    if (!this.#seen.has(hash)) {
      this.#seen.set(hash, true);
      return;
    }
    this.#documents.set(hash, document);
    if (document.loc !== undefined) this.#byText.set(document.loc.source.body, document);
  }

  async delete(hash: string): Promise<boolean> {
    return this.#documents.delete(hash);
  }

  findByText(text: string): DocumentNode | undefined {
    return this.#byText.get(text);
  }
}
