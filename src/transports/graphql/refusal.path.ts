import { Refusal } from '../../domain/refusal.js';

/** Puts a refusal's path under the argument `input`. */
export function underInput(refusal: Refusal): Refusal {
  return withPath(refusal, (path) => ['input', ...path]);
}

/** Renames the domain's `id` to the argument `connectionId` in a refusal's path. */
export function ofConnectionId(refusal: Refusal): Refusal {
  return withPath(refusal, (path) => path.map((part, depth) => (depth === 0 && part === 'id' ? 'connectionId' : part)));
}

function withPath({ code, message, limit, path = [] }: Refusal, move: (path: readonly string[]) => string[]): Refusal {
  return new Refusal(code, message, { path: move(path), ...(limit === undefined ? {} : { limit }) });
}
