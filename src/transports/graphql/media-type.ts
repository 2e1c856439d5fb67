import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';

/** GraphQL over HTTP's own, whose status says how the request went. */
export const RESPONSE_TYPE = 'application/graphql-response+json';

/**
 * The media type to answer in, by the weights of an `Accept` header (RFC 9110 section 12.5.1); undefined where none of ours
 * is accepted. Who names the newer type at least as gladly gets it; who does not name it may not know it.
 */
export function negotiateMediaType(accept: string | undefined): typeof JSON_TYPE | typeof RESPONSE_TYPE | undefined {
  if (accept === undefined || accept.trim() === '') return JSON_TYPE;
  const weights = readWeights(accept);
  const json = weightOf(JSON_TYPE, weights);
  const response = weightOf(RESPONSE_TYPE, weights);
  if (json === 0 && response === 0) return undefined;
  const prefersResponse = weights.has(RESPONSE_TYPE) ? response >= json : json === 0;
  return prefersResponse ? RESPONSE_TYPE : JSON_TYPE;
}

/** The weight of each media range; of the ranges that differ in parameters only, the heaviest counts. */
function readWeights(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const range of accept.split(',')) {
    const type = mediaTypeOf(range) ?? '';
    const [, weight] = /;\s*q\s*=\s*([\d.]+)/i.exec(range) ?? [];
    weights.set(type, Math.max(weights.get(type) ?? 0, Number(weight ?? 1)));
  }
  return weights;
}

/** The most specific range decides. */
function weightOf(type: string, weights: ReadonlyMap<string, number>): number {
  return weights.get(type) ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
}
