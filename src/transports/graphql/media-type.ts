import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';

/** The media type of GraphQL over HTTP, whose status tells the request's outcome. */
export const RESPONSE_TYPE = 'application/graphql-response+json';

/** The Content-Type of a response to `Accept`, which request.reader.ts made the response's type. */
export function contentTypeOf(accept: string | undefined): string {
  return `${accept ?? JSON_TYPE}; charset=utf-8`;
}

/** Whether the response is of the type whose status tells. request.reader.ts made `Accept` the response's type. */
export function tellsByStatus(accept: string | undefined): boolean {
  return accept === RESPONSE_TYPE;
}

/**
 * The response's media type, by the weights of an `Accept` header (RFC 9110 section 12.5.1); undefined if the client
 * accepts neither. The newer type wins if named at no lower weight; a client that omits it may not know it.
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

/** The weight of each media range: the highest, if ranges differ in parameters only. */
export function readWeights(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const range of accept.split(',')) {
    const type = mediaTypeOf(range) ?? '';
    const [, weight] = /;\s*q\s*=\s*(\d(?:\.\d*)?)/i.exec(range) ?? [];
    weights.set(type, Math.max(weights.get(type) ?? 0, Number(weight ?? 1)));
  }
  return weights;
}

/** The weight of the most specific range. */
export function weightOf(type: string, weights: ReadonlyMap<string, number>): number {
  const [family] = type.split('/');
  return weights.get(type) ?? weights.get(`${family}/*`) ?? weights.get('*/*') ?? 0;
}
