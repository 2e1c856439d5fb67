import { serveProvider } from './peer-provider.ts';

/** oidc-provider with its own in-memory adapter, which keeps the last thousand or so tokens and nothing on disk. */
console.log(await serveProvider());
