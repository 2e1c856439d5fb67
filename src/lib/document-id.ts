/** The kind of hash that an id of a document may name. */
const KIND = 'sha256:';

/** The draft on persisted documents puts the kind of a hash before it; persisted queries leave it out. */
export function withoutKind(id: string): string {
  return id.startsWith(KIND) ? id.slice(KIND.length) : id;
}
