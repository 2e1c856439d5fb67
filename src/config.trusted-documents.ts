import { z } from 'zod';
import { ConfigError } from './config.error.js';
import { Secret } from './lib/secrets.js';
import type { DocumentTrust } from './transports/graphql/trusted-documents.js';
import { readTrustedDocuments } from './trusted-documents.file.js';

const MODES = ['off', 'log', 'enforce'] as const satisfies DocumentTrust['mode'][];
const SECRETS_MAX = 2;
const SECRET_CHARACTERS_MIN = 32;

const routerSecrets = z
  .string()
  .transform((text) => text.split(',').map((secret) => secret.trim()))
  .refine(
    (all) => all.length <= SECRETS_MAX && all.every((secret) => secret.length >= SECRET_CHARACTERS_MIN),
    `must be a secret of at least ${SECRET_CHARACTERS_MIN} characters, or two, comma-separated`,
  )
  .transform((all) => all.map((secret) => new Secret(secret)));

export const trustedDocumentsSettings = {
  LATCHKEY_TRUSTED_DOCUMENTS: z.enum(MODES, `must be one of ${MODES.join(', ')}`).default('off'),
  LATCHKEY_TRUSTED_DOCUMENTS_DIR: z.string().default('./schema/operations'),
  LATCHKEY_ROUTER_SECRET: routerSecrets.default([]),
};
const fields = z.object(trustedDocumentsSettings);

/** @throws ConfigError where the manifests cannot be read, or nothing would ever run */
export function readTrustedDocumentsConfig(settings: z.output<typeof fields>): DocumentTrust {
  const { LATCHKEY_TRUSTED_DOCUMENTS: mode, LATCHKEY_ROUTER_SECRET: secrets } = settings;
  if (mode === 'off') return { mode, documents: new Map(), routerSecrets: secrets };
  const directory = settings.LATCHKEY_TRUSTED_DOCUMENTS_DIR;
  const documents = readTrustedDocuments(directory);
  if (mode === 'enforce' && documents.size === 0 && secrets.length === 0) {
    throw new ConfigError(
      `LATCHKEY_TRUSTED_DOCUMENTS=enforce would refuse every operation: no manifest in ${directory} has a document, and no router has LATCHKEY_ROUTER_SECRET.`,
    );
  }
  return { mode, documents, routerSecrets: secrets };
}
