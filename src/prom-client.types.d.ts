/** Each of prom-client's default metrics, which its types leave out. */
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client';

  const collect: (registry: Registry, config: { readonly eventLoopMonitoringPrecision: number }) => void;
  export = collect;
}
