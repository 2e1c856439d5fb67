import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed operations for the console: those that the documentation shows, and a few of its own. */
export const consoleOperations: CodegenConfig = {
  emitLegacyCommonJSImports: false,
  schema: ['schema/schema.graphql'],
  generates: {
    'src/console/gateway/generated/': {
      documents: ['docs/operations/*.graphql', 'src/console/gateway/*.graphql'],
      preset: 'client',
      config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', ID: 'string' } },
      presetConfig: { fragmentMasking: false },
    },
  },
};

/**
 * Typed operations for the tests, which call the gateway as a client with generated types would, and the manifest of these
 * operations that docs/trusted-documents.md is about.
 */
const config: CodegenConfig = {
  emitLegacyCommonJSImports: false,
  schema: ['schema/schema.graphql'],
  generates: {
    ...consoleOperations.generates,
    'test/generated/': {
      documents: ['docs/operations/*.graphql'],
      preset: 'client',
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', ID: 'string' },
      },
      // A document carries the id under which the manifest has it.
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
    },
  },
};

export default config;
