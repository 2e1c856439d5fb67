/** A map of at most `entriesMax` entries: what would be one too many pushes out the one that was put in first. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    super();
    this.#entriesMax = entriesMax;
  }

  override set(key: Key, value: Value): this {
    if (this.#entriesMax === 0) return this;
    if (this.size >= this.#entriesMax && !this.has(key)) {
      const [oldest] = this.keys();
      this.delete(oldest as Key);
    }
    return super.set(key, value);
  }
}
