import { defineConfig } from 'vite';

export default defineConfig({
  // The document's `base` says where the gateway is.
  base: './',
  build: {
    outDir: '../../build/console',
    emptyOutDir: true,
    // Each file is one that the gateway serves: its content security policy takes nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Packages mark what React's servers may not run, which concerns nobody here.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
});
