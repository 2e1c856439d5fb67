import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config.error.js';
import { withoutKind } from './lib/document-id.js';

const documentId = z.string().min(1).max(256);
const text = z.string().min(1);

/** Apollo's manifest, as its generator of persisted queries writes it. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: documentId, body: text })),
});
/** Texts by their ids, as GraphQL Code Generator's client preset and Relay's compiler write them. */
const plainManifest = z.record(documentId, text);

/**
 * The documents of all manifests (`*.json`) in a directory, by their ids without the kind of a hash.
 * @throws ConfigError that names the file at fault
 */
export function readTrustedDocuments(directory: string): ReadonlyMap<string, string> {
  const documents = new Map<string, string>();
  for (const name of manifestsIn(directory)) {
    const path = join(directory, name);
    for (const [id, document] of readManifest(path)) {
      const key = withoutKind(id);
      if ((documents.get(key) ?? document) !== document) {
        throw new ConfigError(`${path}: another manifest has a different document under the id ${key}.`);
      }
      documents.set(key, document);
    }
  }
  return documents;
}

function manifestsIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).sort();
    return names.filter((name) => name.endsWith('.json'));
  } catch (error) {
    throw new ConfigError(
      `LATCHKEY_TRUSTED_DOCUMENTS_DIR: ${directory} cannot be read (${(error as { code?: string }).code}).`,
    );
  }
}

function readManifest(path: string): [id: string, document: string][] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(error as { code?: string }).code})`;
    throw new ConfigError(`${path} ${why}.`);
  }
  const apollo = apolloManifest.safeParse(content);
  if (apollo.success) return apollo.data.operations.map((operation) => [operation.id, operation.body]);
  const plain = plainManifest.safeParse(content);
  if (plain.success) return Object.entries(plain.data);
  throw new ConfigError(`${path} is no manifest: it must be {"id": "document", …}, or Apollo's manifest of version 1.`);
}
