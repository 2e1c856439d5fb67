import type { TokenUse, Uses } from './usage.store.js';

/** Some 40 MB of notes on tokens; a busy gateway flushes far fewer at a time. */
const NOTES_MAX = 200_000;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The last uses that no store holds yet. */
export interface UsageNotes extends Uses {
  readonly secrets: Map<string, number>;
  readonly tokens: Map<string, Mutable<TokenUse>>;
  readonly connections: Map<string, number>;
}

export function newNotes(): UsageNotes {
  return {
    secrets: new Map(),
    tokens: new Map(),
    connections: new Map(),
  };
}

/** Notes a use. A note beyond the maximum replaces the oldest note. */
export function note<Use>(notes: Map<string, Use>, id: string, use: Use): void {
  if (notes.size >= NOTES_MAX && !notes.has(id)) {
    const [oldest = ''] = notes.keys();
    notes.delete(oldest);
  }
  notes.set(id, use);
}

export function countNotes({ secrets, tokens, connections }: UsageNotes): number {
  return secrets.size + tokens.size + connections.size;
}

/** Merges notes: a newer note wins, and the oldest notes give way beyond the maximum. */
export function mergeNotes(older: UsageNotes, newer: UsageNotes): UsageNotes {
  const merged = newNotes();
  merge(merged.secrets, older.secrets, newer.secrets);
  merge(merged.tokens, older.tokens, newer.tokens);
  merge(merged.connections, older.connections, newer.connections);
  return merged;
}

function merge<Use>(merged: Map<string, Use>, older: Map<string, Use>, newer: Map<string, Use>): void {
  for (const [id, use] of older) if (!newer.has(id)) note(merged, id, use);
  for (const [id, use] of newer) note(merged, id, use);
}

/** Splits the notes in two, neither part empty where there are two notes. */
export function halveNotes(notes: UsageNotes): readonly [UsageNotes, UsageNotes] {
  const halves = [newNotes(), newNotes()] as const;
  const half = Math.ceil(countNotes(notes) / 2);
  let taken = 0;
  const next = () => halves[taken++ < half ? 0 : 1];
  for (const [id, at] of notes.secrets) next().secrets.set(id, at);
  for (const [id, use] of notes.tokens) next().tokens.set(id, use);
  for (const [id, at] of notes.connections) next().connections.set(id, at);
  return halves;
}
