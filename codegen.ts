import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed operations for the tests: they call the gateway as a client with generated types would. */
const config: CodegenConfig = {
  emitLegacyCommonJSImports: false,
  schema: ['schema/schema.graphql'],
  documents: ['docs/operations/*.graphql'],
  generates: {
    'test/generated/': {
      preset: 'client',
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', ID: 'string' },
      },
      presetConfig: { fragmentMasking: false },
    },
  },
};

export default config;
