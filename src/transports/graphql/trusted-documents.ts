import { hash } from 'node:crypto';
import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../../domain/errors.js';
import { withoutKind } from '../../lib/document-id.js';
import type { Logger } from '../../lib/logger.js';
import { redactSecrets, type Secret } from '../../lib/secrets.js';
import type { OperationParams } from './request.reader.js';
import { isSignedByRouter } from './router-signature.js';

/** What Apollo puts before the ids that it asks its cache of persisted queries for. */
const CACHE_PREFIX = 'apq:';
/** How many untrusted documents are known to be in the log. */
const LOGGED_MAX = 1_000;

export interface DocumentTrust {
  /** What becomes of a document that is not among `documents`: it runs, runs and is logged, or is refused. */
  readonly mode: 'off' | 'log' | 'enforce';
  /** Documents by their ids, without the kind of a hash. */
  readonly documents: ReadonlyMap<string, string>;
  /** What routers sign with, whose own documents are trusted. */
  readonly routerSecrets: readonly Secret[];
}

/**
 * Says which documents run. Clients send the id of a registered document, as `documentId` or as a persisted query, or its
 * exact text.
 */
export class TrustedDocuments {
  readonly #trust: DocumentTrust;
  readonly #texts: ReadonlySet<string>;
  readonly #logged = new LRUCache<string, true>({ max: LOGGED_MAX });
  readonly #logger: Logger;

  constructor(trust: DocumentTrust, logger: Logger) {
    this.#trust = trust;
    this.#texts = new Set(trust.documents.values());
    this.#logger = logger;
  }

  /** Where Apollo finds persisted queries, to which nobody adds. */
  get persistedQueries(): NonNullable<ApolloServerOptions<BaseContext>['persistedQueries']> {
    if (this.#trust.mode === 'off') return false;
    const cache = {
      get: async (key: string) => this.#trust.documents.get(key.slice(CACHE_PREFIX.length)),
      set: async () => undefined,
      delete: async () => false,
    };
    return { cache };
  }

  /**
   * Admits an operation, with the text of its `documentId`.
   * @throws DomainError INVALID_REQUEST for an id or a text that is not registered; as isSignedByRouter
   */
  admit(params: OperationParams): OperationParams {
    const { query, documentId } = params;
    if (typeof query !== 'string' && typeof documentId === 'string') return this.#fromId(documentId, params);
    const { mode, routerSecrets } = this.#trust;
    const isSigned = isSignedByRouter(params, routerSecrets);
    if (mode === 'off' || isSigned || typeof query !== 'string' || this.#texts.has(query)) return params;
    if (mode === 'enforce') {
      throw new DomainError('INVALID_REQUEST', {
        hint: 'Only registered documents run here: send the documentId of one, or exactly its text.',
      });
    }
    this.#log(query);
    return params;
  }

  #fromId(documentId: string, { documentId: _, ...params }: OperationParams): OperationParams {
    const text = this.#trust.documents.get(withoutKind(documentId));
    if (text === undefined) {
      const where =
        this.#trust.mode === 'off' ? 'No documents are registered here' : 'No document is registered under this id';
      throw new DomainError('INVALID_REQUEST', { hint: `${where}: send the document itself as the query.` });
    }
    return { ...params, query: text };
  }

  /** Once for each document: the text stays out of the log, since clients write secrets into texts. */
  #log(query: string): void {
    const digest = hash('sha256', query);
    if (this.#logged.has(digest)) return;
    this.#logged.set(digest, true);
    const [, name = 'anonymous'] = /\b(?:query|mutation)\s+(\w{1,64})/.exec(query) ?? [];
    this.#logger.warn('a document that is not registered', { detail: `${redactSecrets(name)}, sha256 ${digest}` });
  }
}
