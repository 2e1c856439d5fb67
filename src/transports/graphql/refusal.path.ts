import { Refusal } from '../../domain/refusal.js';

/** A refusal of what a field takes as its argument `input`. */
export function underInput(refusal: Refusal): Refusal {
  return withPath(refusal, (path) => ['input', ...path]);
}

/** A refusal of what the domain calls `id` and a field takes as its argument `connectionId`. */
export function ofConnectionId(refusal: Refusal): Refusal {
  return withPath(refusal, (path) => path.map((part, depth) => (depth === 0 && part === 'id' ? 'connectionId' : part)));
}

function withPath({ code, message, limit, path = [] }: Refusal, move: (path: readonly string[]) => string[]): Refusal {
  return new Refusal(code, message, { path: move(path), ...(limit === undefined ? {} : { limit }) });
}
