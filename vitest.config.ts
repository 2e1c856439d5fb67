import { defineConfig } from 'vitest/config';

const reporters = process.env.CI ? ['default', ['json', { outputFile: 'test-results.json' }] as const] : ['default'];

export default defineConfig({
  // Vite would read graphql's ESM twin beside the CommonJS files that Node gives to every library: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: reporters as ['default'],
    // A promise that is not kept within this is broken; the slowest kept one takes a tenth of it.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One process for each file: type-graphql keeps its metadata in a global, and processes are what we test.
    pool: 'forks',
    coverage: {
      provider: 'v8',
      include: ['src/domain/**'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { branches: 95, lines: 95, functions: 95, statements: 95 },
    },
  },
});
