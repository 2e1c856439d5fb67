import { LRUCache } from 'lru-cache';

/** As many as some hundred organisations have on their lists. */
const REMEMBERED_MAX = 10_000;
const texts = new LRUCache<number, string>({ max: REMEMBERED_MAX });

/** As `JSON.stringify` writes an instant. Writing them was half of what a list of connections cost: most are shown again. */
export function instantText(instant: Date): string {
  const at = instant.getTime();
  const known = texts.get(at);
  if (known !== undefined) return known;
  const text = instant.toISOString();
  texts.set(at, text);
  return text;
}
